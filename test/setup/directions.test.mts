import { describe, expect, it } from "vitest";
import { violations } from "../directions.mjs";

describe("import directions", () => {
  it.each([
    ["src/nn/unet.ts", 'import { sample } from "../diffusion/sample";', /src\/nn may only import tensor/],
    ["src/nn/unet.ts", 'import * as tf from "@tensorflow/tfjs-node-gpu";', /only src\/tensor\//],
    ["src/tensor/random.ts", 'export { Dataset } from "../datasets/dataset";', /may only import itself/],
    ["src/plot/grid.ts", 'import { tf } from "../tensor/engine";', /may only import types/],
    ["src/plot/grid.ts", 'const x = await import("../tensor/engine");', /may only import types/],
    ["kernels/session.ts", 'import { show } from "../src/notebook/show";', /never import each other/],
    ["src/notebook/show.ts", 'import { Wire } from "../../kernels/wire";', /never import each other/],
    ["src/other/x.ts", 'import { tf } from "../tensor/engine";', /no entry/],
    [
      "src/nn/unet.ts",
      'import {\n  a,\n  b,\n} from "../evaluate/protocol";',
      /src\/nn may only import tensor/,
    ],
  ])("refuses in %s: %s", (file, source, reason) => {
    const found = violations(file, source);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(reason);
  });

  it.each([
    ["src/tensor/engine.ts", 'import type * as t from "@tensorflow/tfjs-node-gpu";'],
    ["src/nn/unet.ts", 'import { tf } from "../tensor/engine";\nimport fs from "node:fs";'],
    ["src/plot/grid.ts", 'import type { ImageBatch } from "../tensor/batch";'],
    ["src/index.ts", 'export * from "./nn/unet";'],
    ["src/cli/main.ts", 'import { show } from "../notebook/show";'],
  ])("allows in %s: %s", (file, source) => {
    expect(violations(file, source)).toEqual([]);
  });
});
