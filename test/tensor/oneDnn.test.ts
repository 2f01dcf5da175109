import { spawnSync } from "node:child_process";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { engineInfo } from "../../src/tensor/engine";

/** A dense layer through GELU, in a graph and by single operations: their largest difference. */
const program = `
  const { tf } = require("./dist/tensor/engine.js");
  const { compile } = require("./dist/tensor/compile.js");
  const { denseGelu, gelu } = require("./dist/tensor/fused.js");
  const [x, w, b] = [[6, 9], [9, 5], [5]].map((shape, i) => tf.randomNormal(shape, 0, 1, "float32", i));
  const layer = compile((x, w, b) => denseGelu(x, w, b), { bfloat16: process.argv[1] === "bfloat16" });
  const plain = gelu(x.matMul(w).add(b));
  for (let call = 0; call < 2; call++) console.log(layer(x, w, b).sub(plain).abs().max().dataSync()[0]);
`;

describe.skipIf(engineInfo.backend !== "tensorflow")("products with GELU run", () => {
  it.each([
    ["without oneDNN, as on processors that it is not built for", "0", "float32", 1e-5],
    ["without oneDNN, in bfloat16", "0", "bfloat16", 0.1],
    ["with oneDNN, in bfloat16 by processors that lack its instructions too", "1", "bfloat16", 0.1],
    ["with what is chosen by itself", undefined, "float32", 1e-5],
  ])("%s", (_, oneDnn, type, bound) => {
    const { TF_ENABLE_ONEDNN_OPTS: __, ...env } = process.env;
    const { stdout, stderr, status } = spawnSync(process.execPath, ["-e", program, type], {
      cwd: path.resolve(__dirname, "..", ".."),
      env: oneDnn === undefined ? env : { ...env, TF_ENABLE_ONEDNN_OPTS: oneDnn },
      encoding: "utf8",
    });
    expect(status, stderr).toBe(0);
    const differences = stdout.trim().split("\n").map(Number);
    expect(differences).toHaveLength(2);
    for (const difference of differences) expect(difference).toBeLessThan(bound);
  });
});
