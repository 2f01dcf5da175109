import { writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { distill, distillInto } from "../../src/distill/distill";
import type { Distiller, StartOptions } from "../../src/distill/distiller";
import { open } from "../../src/distill/open";
import { temporaryFolder } from "../temporaryFolder";

const quick = { classes: ["Trouser", "Bag"], ipc: 3, setWeight: 0 } as const;
let distiller: Distiller;

beforeAll(async () => {
  distiller = await open();
});

afterAll(() => distiller.dispose());

describe("options that there are not", () => {
  const asked = (options: object) => () => distiller.start(options as StartOptions);

  it("are refused by name, with the one that was meant", async () => {
    expect(asked({ bta: 3, stepz: 4 })).toThrow(RangeError);
    expect(asked({ bta: 3 })).toThrow(
      /distiller\.start: "bta" is not one of its options; did you mean "beta"\? There are method, classes, .*, beta,/,
    );
    expect(asked({ stepz: 4 })).toThrow(/did you mean "steps"/);
    expect(asked({ zzzzzz: 4 })).toThrow(/"zzzzzz" is not one of its options\. There are/);
    expect(() => distiller.start(quick).change({ wieght: 1 } as StartOptions)).toThrow(/mean "weight"/);
    const set = { method: "igds", ipc: 1, betaa: 1 } as const;
    await expect(distill(distiller, set)).rejects.toThrow(/distill: "betaa".*did you mean "beta"/);
    // What distill has no use for: it makes all classes.
    await expect(distill(distiller, { ...quick, method: "igds" } as never)).rejects.toThrow(/"classes"/);
    await expect(distillInto(await temporaryFolder(), distiller, set)).rejects.toThrow(/did you mean "beta"/);
  });

  it("do not count where they are undefined, and a method must be one", async () => {
    expect(distiller.start({ ...quick, bta: undefined } as StartOptions).settings.ipc).toBe(3);
    await expect(distill(distiller, { method: "randm" as "random", ipc: 1 })).rejects.toThrow(
      /"randm" is not a method; did you mean "random"\? Expected one of random, kmeans, herding, kcenter, diffusion/,
    );
  });
});

describe("the folder of a set", () => {
  it("is not a file", async () => {
    const file = path.join(await temporaryFolder(), "file");
    await writeFile(file, "");
    for (const out of [file, path.join(file, "y")])
      await expect(distillInto(out, distiller.dataset, { method: "random", ipc: 1 })).rejects.toThrow(
        /expected a folder to write, but .*file is a file/,
      );
  });
});
