import { cp, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { writeSafetensors } from "../../src/nn/safetensors";
import { type PlainTensorData, parseSafetensors } from "../../src/nn/safetensorsBytes";
import { SafetensorsError } from "../../src/nn/safetensorsHeader";
import { openTorch } from "../../src/nn/torchFile";
import { openWeights, type WeightFile, WeightFileError } from "../../src/nn/weightFile";
import { readZipDirectory } from "../../src/nn/zipDirectory";
import { temporaryFolder } from "../temporaryFolder";
import { memoryBytes } from "./memoryBytes";
import { mutations } from "./mutations";

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

describe("an archive whose directory lies is refused:", () => {
  it.each<[string, [number, number][], RegExp]>([
    [
      "an entry over another",
      [[42, 0]],
      /"archive\/(?:data\.pkl|data\/0)" of \d+ bytes at byte 0 reaches beyond byte 0/,
    ],
    [
      "larger than its place",
      [
        [20, 1e6],
        [24, 1e6],
      ],
      /"archive\/data\/0" of 1000000 bytes at byte \d+ reaches beyond/,
    ],
    ["sizes that differ", [[24, 4]], /takes 96 bytes for 4, though it is stored as it is/],
    [
      "64-bit sizes that are not there",
      [[20, 0xffffffff]],
      /the 64-bit fields of "archive\/data\/0" are missing/,
    ],
    [
      "smaller than its tensors",
      [
        [20, 92],
        [24, 92],
      ],
      /should have 96 bytes for "whole", but data\/0 has 92/,
    ],
  ])("%s", async (_, changes, message) => {
    const bytes = await readFile(torch("views.pt"));
    const at = bytes.lastIndexOf("archive/data/0") - 46;
    for (const [field, value] of changes) bytes.writeUInt32LE(value, at + field);
    await expect(openTorch(memoryBytes(bytes))).rejects.toThrow(message);
  });

  it("more entries than memory should hold", async () => {
    const bytes = await readFile(torch("views.pt"));
    const record = bytes.lastIndexOf("PK\x06\x06", undefined, "latin1");
    expect(record).toBeGreaterThan(0);
    bytes.writeBigUInt64LE(2n ** 63n, record + 32);
    await expect(openTorch(memoryBytes(bytes))).rejects.toThrow(
      /names 9223372036854776000 entries.*at most 500000/,
    );
  });
});

/** An archive as torch.save writes it, without 64-bit records. */
function archive(entries: Readonly<Record<string, string>>): Uint8Array {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let position = 0;
  for (const [name, content] of Object.entries(entries)) {
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50);
    local.writeUInt16LE(name.length, 26);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50);
    central.writeUInt32LE(content.length, 20);
    central.writeUInt32LE(content.length, 24);
    central.writeUInt16LE(name.length, 28);
    central.writeUInt32LE(position, 42);
    files.push(Buffer.concat([local, Buffer.from(name), Buffer.from(content, "latin1")]));
    directory.push(Buffer.concat([central, Buffer.from(name)]));
    position += files.at(-1)!.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(position, 16);
  return Buffer.concat([...files, ...directory, end]);
}

describe("a hostile pickle in an archive is refused:", () => {
  const one =
    "ctorch._utils\n_rebuild_tensor_v2\n((U\x07storagectorch\nFloatStorage\nU\x010U\x03cpuK\x01tQK\x00))\x89NtR";
  const opened = (pickle: string, data = "\0\0\x80\x3f") =>
    openTorch(
      memoryBytes(archive({ "a/data.pkl": `\x80\x02${pickle}.`, "a/byteorder": "little", "a/data/0": data })),
    );
  /** Dicts that each hold the one before twice. */
  const doubled = (times: number, key: (i: number) => string) => {
    let pickle = `}(U\x01x${one}u`;
    for (let i = 0; i < times; i++)
      pickle += `q${String.fromCharCode(i)}0}(${key(0)}h${String.fromCharCode(i)}${key(1)}h${String.fromCharCode(i)}u`;
    return pickle;
  };
  const short = (i: number) => `U\x01${i}`;

  it("but not this one", async () => {
    const weights = await opened(doubled(2, short));
    expect([...weights.entries.keys()]).toEqual(["0.0.x", "0.1.x", "1.0.x", "1.1.x"]);
    expect(await weights.read("1.0.x")).toEqual(Float32Array.of(1));
  });

  it.each<[string, string, RegExp]>([
    ["2^30 tensors from one", doubled(30, short), /more than 200000 tensors/],
    ["a dict within itself", `}q\x00(U\x01ah\x00U\x01x${one}u`, /dicts within each other, more than 32 deep/],
    [
      "2^30 lists that hold nothing",
      `]${Array.from({ length: 30 }, (_, i) => `q${String.fromCharCode(i)}0](h${String.fromCharCode(i)}h${String.fromCharCode(i)}e`).join("")}`,
      /holds more than 2000000 values/,
    ],
    [
      "endless names",
      doubled(20, (i) => `U\xff${String(i).repeat(255)}`),
      /a name longer than 1000 characters: "0{200}\.\.\."/,
    ],
    ["two tensors of one name", `}(U\x03a.b${one}U\x01a}U\x01b${one}su`, /has two tensors "a\.b"/],
  ])("%s", async (_, pickle, message) => {
    await expect(opened(pickle)).rejects.toThrow(message);
    await expect(opened(pickle)).rejects.toThrow(WeightFileError);
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

/** Opens and reads everything. @returns whether the file was refused, which only errors of weight files may do */
async function refused(open: () => Promise<WeightFile>): Promise<boolean> {
  try {
    const weights = await open();
    for (const [name, { shape }] of weights.entries) {
      const values = await weights.read(name);
      expect(values.length).toBe(shape.reduce((product, size) => product * size, 1));
    }
    return false;
  } catch (error) {
    if (!(error instanceof WeightFileError)) throw error;
    return true;
  }
}

describe("damaged in 10,000 ways, a file is read or refused", () => {
  it("an archive, anywhere", async () => {
    const bytes = await readFile(torch("views.pt"));
    let count = 0;
    for (const damaged of mutations(bytes, 10_000, "archive"))
      if (await refused(() => openTorch(memoryBytes(damaged)))) count += 1;
    expect(count).toBeGreaterThan(5000);
  }, 60_000);

  it("an archive, in its directory", async () => {
    const bytes = await readFile(torch("views.pt"));
    const start = bytes.indexOf("PK\x01\x02", 0, "latin1");
    let count = 0;
    for (const damaged of mutations(bytes.subarray(start), 10_000, "directory"))
      try {
        const source = memoryBytes(Buffer.concat([bytes.subarray(0, start), damaged]));
        for (const entry of (await readZipDirectory(source)).values())
          expect(entry.header + entry.size).toBeLessThan(source.size);
      } catch (error) {
        if (!(error instanceof WeightFileError)) throw error;
        count += 1;
      }
    expect(count).toBeGreaterThan(5000);
  }, 60_000);

  it("a header of .safetensors", async () => {
    const bytes = await readFile(path.join(__dirname, "fixtures", "every-type.safetensors"));
    const end = 8 + bytes.readUInt32LE(0);
    let count = 0;
    for (const damaged of mutations(bytes.subarray(0, end), 10_000, "header"))
      try {
        parseSafetensors(Buffer.concat([damaged, bytes.subarray(end)]), "x");
      } catch (error) {
        if (!(error instanceof SafetensorsError)) throw error;
        count += 1;
      }
    expect(count).toBeGreaterThan(5000);
  }, 60_000);
});

describe("hostile headers of .safetensors are refused at once", () => {
  const file = (header: string) => {
    const length = Buffer.alloc(8);
    length.writeUInt32LE(header.length);
    return Buffer.concat([length, Buffer.from(header)]);
  };

  it.each<[string, () => string, RegExp]>([
    ["10 million lists in each other", () => `{"a":${"[".repeat(1e7)}`, /nested deeper than 3 levels/],
    ["10 million objects in each other", () => '{"a":'.repeat(1e7), /nested deeper than 3 levels/],
    ["10 million sizes", () => `{"a":{"shape":[${"0,".repeat(1e7)}0]}}`, /holds more than 4000000 values/],
    [
      "a name of 50 MB",
      () => `{"${"a".repeat(5e7)}":{}}`,
      /should have dtype, shape and data_offsets, found {}/,
    ],
    ["a name that never ends", () => `{"${"\\".repeat(5e7)}`, /the header is not JSON/],
    ["a field twice", () => '{"a":{"dtype":"F32","dtype":"F32"}}', /names "dtype" twice/],
    [
      "sizes whose product is too large",
      () => `{"a":{"dtype":"F32","shape":[${"9007199254740991,".repeat(40)}1],"data_offsets":[0,0]}}`,
      /takes Infinity bytes, found 0/,
    ],
  ])("%s", (_, header, message) => {
    const started = performance.now();
    let text = "";
    try {
      parseSafetensors(file(header()), "x");
    } catch (error) {
      expect(error).toBeInstanceOf(SafetensorsError);
      text = (error as Error).message;
    }
    expect(text).toMatch(message);
    expect(text.length).toBeLessThan(1000);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
