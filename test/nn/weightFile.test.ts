import { cp, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { writeSafetensors } from "../../src/nn/safetensors";
import type { PlainTensorData } from "../../src/nn/safetensorsBytes";
import { openWeights, WeightFileError } from "../../src/nn/weightFile";
import { temporaryFolder } from "../temporaryFolder";

const dit = path.join(__dirname, "..", "fixtures", "dit-small");
const torch = (name: string) => path.join(__dirname, "fixtures", "torch", name);

async function valuesOf(file: string, part?: string): Promise<Record<string, number[]>> {
  const weights = await openWeights(file, part === undefined ? {} : { part });
  const values: Record<string, number[]> = {};
  for (const name of weights.entries.keys()) values[name] = [...(await weights.read(name))];
  await weights.close();
  return values;
}

describe("what PyTorch has written", () => {
  it("holds the same as .safetensors: a DiT", async () => {
    const [pt, safe] = await Promise.all(
      ["dit.pt", "dit.safetensors"].map((name) => openWeights(path.join(dit, name))),
    );
    expect(pt!.entries.size).toBe(42);
    expect([...pt!.entries.keys()].sort()).toEqual([...safe!.entries.keys()].sort());
    for (const [name, entry] of safe!.entries) {
      expect(pt!.entries.get(name)).toEqual(entry);
      expect(await pt!.read(name)).toEqual(await safe!.read(name));
    }
    await pt!.close();
    await safe!.close();
  });

  it("has views with strides", async () => {
    expect(await valuesOf(torch("views.pt"))).toEqual({
      whole: Array.from({ length: 24 }, (_, i) => i),
      // x[i, j, k] = 12 i + 4 j + k
      transposed: [0, 1, 2, 3].flatMap((k) =>
        [0, 1].flatMap((i) => [0, 1, 2].map((j) => 12 * i + 4 * j + k)),
      ),
      slice: [13, 14, 17, 18, 21, 22],
      steps: [0, 3, 8, 11, 12, 15, 20, 23],
      expanded: [1, 2, 1, 2, 1, 2],
      scalar: [2.5],
      empty: [],
      parameter: [1, -2],
    });
  });

  it.each(["types.pt", "protocol-4.pt"])("has numbers of every type: %s", async (name) => {
    const weights = await openWeights(torch(name));
    expect([...weights.entries.values()].map(({ dtype }) => dtype)).toEqual([
      ...["F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U8", "BOOL"],
    ]);
    for (const [name, { shape, dtype }] of weights.entries) {
      expect(shape).toEqual([2, 3]);
      expect(await weights.read(name)).toEqual(
        Float32Array.of(0, 1, ...(dtype === "BOOL" ? [1, 1, 1, 1] : [2, 3, 4, 100])),
      );
    }
    await weights.close();
  });

  it("is a checkpoint of a training run, whose parts can be had alone", async () => {
    const all = await valuesOf(torch("training.pt"));
    const names = ["0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var"];
    const expected = [...names, "1.num_batches_tracked"];
    expect(Object.keys(all)).toEqual(
      ["model", "ema"].flatMap((part) => expected.map((name) => `${part}.${name}`)),
    );
    const ema = await valuesOf(torch("training.pt"), "ema");
    expect(Object.keys(ema).sort()).toEqual([...expected].sort());
    for (const name of names) expect(ema[name]).toEqual(all[`model.${name}`]!.map((value) => 2 * value));
    await expect(openWeights(torch("training.pt"), { part: "opt" })).rejects.toThrow(
      /has no part "opt": found "model", "ema"/,
    );
  });

  it("is one tensor", async () => {
    expect(Object.keys(await valuesOf(torch("tensor.pt")))).toEqual(["tensor"]);
  });

  it.each([
    ["complex.pt", /"torch\.ComplexFloatStorage", which is none of the names.*safetensors\.torch\.save_file/],
    ["module.pt", /"torch\.nn\.modules\.container\.Sequential", which is none of the names/],
    ["legacy.pt", /in the format of PyTorch before 1\.6.*save it again/],
    ["script.pt", /TorchScript program, not weights.*state_dict\(\)/],
    ["no-tensors.pt", /holds no tensors: found a dict of "epoch"/],
  ])("is refused: %s", async (name, message) => {
    await expect(openWeights(torch(name))).rejects.toThrow(message);
    await expect(openWeights(torch(name))).rejects.toThrow(WeightFileError);
  });

  it.each<[string, (bytes: Buffer) => Buffer, RegExp]>([
    [
      "cut short",
      (bytes) => bytes.subarray(0, bytes.length - 100),
      /has no directory at its end: it is cut short/,
    ],
    ["cut in front", (bytes) => bytes.subarray(1), /not a zip archive as PyTorch writes them/],
    ["empty", () => Buffer.alloc(0), /not a zip archive as PyTorch writes them/],
    ["big-endian", (bytes) => patched(bytes, "little", "bigger"), /byte order "bigger"; "little" is read/],
    [
      "without the numbers of a tensor",
      (bytes) => patched(bytes, "dit/data/7", "dit/datA/7"),
      /the entry data\/7 is missing/,
    ],
    [
      "with a name twice",
      (bytes) => patched(bytes, "dit/data/7", "dit/data/8"),
      /names "dit\/data\/8" twice/,
    ],
  ])("is refused when it is %s", async (_, change, message) => {
    const file = path.join(await temporaryFolder(), "x.pt");
    await writeFile(file, change(await readFile(path.join(dit, "dit.pt"))));
    await expect(openWeights(file)).rejects.toThrow(message);
  });
});

/** Every `from` replaced by a text of the same length. */
function patched(bytes: Buffer, from: string, to: string): Buffer {
  return Buffer.from(bytes.toString("latin1").replaceAll(from, to), "latin1");
}

describe("shards", () => {
  const tensor = (...data: number[]): PlainTensorData => ({
    shape: [data.length],
    data: Float32Array.from(data),
  });

  async function shards(map: Record<string, string>): Promise<string> {
    const folder = await temporaryFolder();
    await writeSafetensors(
      path.join(folder, "m-1.safetensors"),
      new Map([
        ["a", tensor(1)],
        ["b", tensor(2, 3)],
      ]),
    );
    await writeSafetensors(path.join(folder, "m-2.safetensors"), new Map([["c", tensor(4)]]));
    const index = path.join(folder, "m.safetensors.index.json");
    await writeFile(index, JSON.stringify({ metadata: { total_size: 16 }, weight_map: map }));
    return index;
  }

  it("are one file, found through the folder as well", async () => {
    const index = await shards({ a: "m-1.safetensors", b: "m-1.safetensors", c: "m-2.safetensors" });
    expect(await valuesOf(index)).toEqual({ a: [1], b: [2, 3], c: [4] });
    expect(await valuesOf(path.dirname(index))).toEqual({ a: [1], b: [2, 3], c: [4] });
    const weights = await openWeights(index);
    await expect(weights.read("d")).rejects.toThrow(/has no tensor "d": it has 3, such as "a", "b", "c"/);
    await weights.close();
  });

  it("hold a tensor called __proto__", async () => {
    const folder = await temporaryFolder();
    await writeSafetensors(path.join(folder, "m.safetensors"), new Map([["__proto__", tensor(1)]]));
    const index = path.join(folder, "m.safetensors.index.json");
    await writeFile(index, '{"weight_map":{"__proto__":"m.safetensors"}}');
    const weights = await openWeights(index);
    expect(await weights.read("__proto__")).toEqual(Float32Array.of(1));
    await weights.close();
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ["is missing", { a: "m-3.safetensors" }, /names "m-3\.safetensors", but there is no such file beside it/],
    ["lacks a tensor", { c: "m-1.safetensors" }, /says that "c" is in "m-1\.safetensors", but it is not/],
    ["lies elsewhere", { a: "../m-1.safetensors" }, /a plain file name in the same folder/],
    ["has a full path", { a: "/etc/m-1.safetensors" }, /a plain file name in the same folder/],
    ["lies elsewhere on Windows", { a: "..\\m-1.safetensors" }, /a plain file name in the same folder/],
    ["is another index", { a: "m.safetensors.index.json" }, /a plain file name in the same folder/],
  ])("are refused when one %s", async (_, map, message) => {
    await expect(openWeights(await shards(map))).rejects.toThrow(message);
  });

  it.each([
    ["{", /is not an index of weights: it is not JSON/],
    ["[]", /expected "weight_map" to map names/],
    ['{"weight_map":{"a":1}}', /expected "weight_map" to map names/],
    ['{"weight_map":{"a":"x.safetensors","a":"y.safetensors"}}', /it names "a" twice/],
    [`{"weight_map":${"[".repeat(100_000)}`, /it is nested deeper than 8 levels/],
  ])("are refused with the index %.60s", async (text, message) => {
    const index = path.join(await temporaryFolder(), "m.safetensors.index.json");
    await writeFile(index, text);
    await expect(openWeights(index)).rejects.toThrow(message);
  });
});

describe("openWeights", () => {
  it("finds the weights of a diffusers folder", async () => {
    const weights = await openWeights(path.join(dit, "diffusers", "vae"));
    expect(path.basename(weights.file)).toBe("diffusion_pytorch_model.safetensors");
    await weights.close();
  });

  it("says which files of a folder could be meant", async () => {
    await expect(openWeights(dit)).rejects.toThrow(
      /several weight files: name one of dit\.safetensors, expected/,
    );
    await expect(openWeights(await temporaryFolder())).rejects.toThrow(
      /holds no weights: expected a \.safetensors/,
    );
  });

  it.each([
    ["x.pt", "version https://git-lfs.github.com/spec/v1\noid sha256:0", /only a pointer of Git LFS/],
    ["x.pt", "<!DOCTYPE html><html>", /a web page, not weights/],
    ["x.pt", "\x02\0\0\0\0\0\0\0{}", /looks like a \.safetensors file/],
    ["x.pt", "\x80\x02}.", /a plain pickle, not an archive of torch\.save/],
    ["x.npz", "PK", /not a weight file: expected \.safetensors/],
  ])("refuses %s that begins with %j", async (name, text, message) => {
    const file = path.join(await temporaryFolder(), name);
    await writeFile(file, text, "latin1");
    await expect(openWeights(file)).rejects.toThrow(message);
    await expect(openWeights(path.join(path.dirname(file), `no-${name}`))).rejects.toThrow(/ENOENT/);
  });

  it("notices that a file was cut after it was opened", async () => {
    const folder = await temporaryFolder();
    for (const name of ["dit.pt", "dit.safetensors"]) {
      const file = path.join(folder, name);
      await cp(path.join(dit, name), file);
      const weights = await openWeights(file);
      const last = [...weights.entries.keys()].at(-1)!;
      await writeFile(file, (await readFile(file)).subarray(0, 100));
      await expect(weights.read(last)).rejects.toThrow(/the file ended at byte/);
      await weights.close();
    }
  });
});
