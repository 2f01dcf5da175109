import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { readSafetensors, writeSafetensors } from "../../src/nn/safetensors";
import { type PlainTensorData, parseSafetensors } from "../../src/nn/safetensorsBytes";
import { temporaryFolder } from "../temporaryFolder";

const fixture = (name: string) => path.join(__dirname, "fixtures", name);

describe("files of the reference implementation", () => {
  it("are read, every type and shape", async () => {
    const { tensors, metadata } = await readSafetensors(fixture("every-type.safetensors"));
    expect(metadata).toEqual({ format: "np" });
    expect(tensors.get("i32")).toEqual({
      dtype: "I32",
      shape: [2, 3],
      data: Int32Array.of(1, -2, 3, 2 ** 31 - 1, -(2 ** 31), 0),
    });
    expect(tensors.get("i64")).toEqual({ dtype: "I64", shape: [2], data: BigInt64Array.of(2n ** 62n, -1n) });
    expect(tensors.get("u8")).toEqual({ dtype: "U8", shape: [5], data: Uint8Array.of(0, 1, 2, 3, 4) });
    expect(tensors.get("10")).toEqual({ dtype: "U8", shape: [1], data: Uint8Array.of(7) });
    expect(tensors.get("scalar")).toEqual({ dtype: "F32", shape: [], data: Float32Array.of(2.5) });
    expect(tensors.get("empty")).toEqual({ dtype: "F32", shape: [0, 3], data: new Float32Array(0) });
    expect(tensors.get("f16")!.dtype).toBe("F16");
    expect(tensors.get("bf16")!.dtype).toBe("BF16");
  });

  it("are the same from memory, also from a Buffer", async () => {
    const file = fixture("every-type.safetensors");
    const expected = await readSafetensors(file);
    const bytes = await readFile(file);
    for (const given of [bytes, Uint8Array.from(bytes), Buffer.concat([Buffer.of(0), bytes]).subarray(1)])
      expect(parseSafetensors(given, file)).toEqual(expected);
  });

  it.each(["F16", "BF16"] as const)("hold the same %s numbers as we round to", async (dtype) => {
    const { tensors } = await readSafetensors(fixture("every-type.safetensors"));
    const file = path.join(await temporaryFolder(), "rounded.safetensors");
    await writeSafetensors(file, new Map([["x", tensors.get("f32")!]]), { dtype });
    const ours = (await readSafetensors(file)).tensors.get("x")!;
    expect(ours.dtype).toBe(dtype);
    expect(ours.data).toEqual(tensors.get(dtype.toLowerCase())!.data);
  });

  it("are written again byte by byte", async () => {
    const { tensors, metadata } = await readSafetensors(fixture("dit-part.safetensors"));
    expect(tensors.get("x_embedder.proj.weight")!.shape).toEqual([72, 4, 2, 2]);
    const sum = (name: string) =>
      (tensors.get(name)!.data as Float32Array).reduce((total, value) => total + value, 0);
    expect(sum("final_layer.linear.weight")).toBeCloseTo(-0.3978645, 6);
    expect(sum("x_embedder.proj.bias")).toBeCloseTo(0.0489203, 6);
    const file = path.join(await temporaryFolder(), "again.safetensors");
    await writeSafetensors(file, new Map([...tensors].reverse()), { metadata });
    expect(Buffer.compare(await readFile(file), await readFile(fixture("dit-part.safetensors")))).toBe(0);
  });
});

describe("writeSafetensors", () => {
  it("keeps names, shapes, metadata and bytes, whatever the order", async () => {
    const folder = await temporaryFolder();
    const tensors: [string, PlainTensorData][] = [
      ["b/kernel", { shape: [2, 1], data: Float32Array.of(1.5, -0) }],
      ["a", { shape: [3], data: Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY, 1e-45).subarray(1) }],
      ["7", { shape: [1], data: Int32Array.of(-5) }],
      ["__proto__", { shape: [1], data: Uint8Array.of(9) }],
      ['quote " and \\ and ü', { shape: [0], data: new BigInt64Array(0) }],
    ];
    tensors[1]![1] = { shape: [2], data: tensors[1]![1].data };
    const metadata = { note: "line\nbreak", format: "igds" };
    await writeSafetensors(path.join(folder, "a"), new Map(tensors), { metadata });
    await writeSafetensors(path.join(folder, "b"), new Map(tensors.reverse()), {
      metadata: { format: "igds", note: "line\nbreak" },
    });
    expect(await readFile(path.join(folder, "a"))).toEqual(await readFile(path.join(folder, "b")));
    const read = await readSafetensors(path.join(folder, "a"));
    expect(read.metadata).toEqual(metadata);
    expect(read.tensors.size).toBe(5);
    for (const [name, { shape, data }] of tensors)
      expect(read.tensors.get(name)).toMatchObject({ shape, data });
    expect(Object.is((read.tensors.get("b/kernel")!.data as Float32Array)[1], -0)).toBe(true);
    expect(read.tensors.get("b/kernel")).toMatchObject({ dtype: "F32", shape: [2, 1] });
  });

  it("rounds only float tensors", async () => {
    const file = path.join(await temporaryFolder(), "half.safetensors");
    const tensors = new Map<string, PlainTensorData>([
      ["x", { shape: [1], data: Float32Array.of(1 / 3) }],
      ["step", { shape: [1], data: Int32Array.of(123_456_789) }],
    ]);
    await writeSafetensors(file, tensors, { dtype: "F16" });
    const read = (await readSafetensors(file)).tensors;
    expect(read.get("x")).toEqual({ dtype: "F16", shape: [1], data: Float32Array.of(0.333251953125) });
    expect(read.get("step")!.data).toEqual(Int32Array.of(123_456_789));
  });

  it("refuses wrong shapes, numbers that do not fit and the reserved name, and then writes nothing", async () => {
    const folder = await temporaryFolder();
    const write = (name: string, shape: number[], data: Float32Array, dtype?: "F16") =>
      writeSafetensors(path.join(folder, "x"), new Map([[name, { shape, data }]]), dtype ? { dtype } : {});
    await expect(write("w", [2, 2], new Float32Array(3))).rejects.toThrow(
      /"w" of shape \[2,2\] needs 4 values, found 3/,
    );
    await expect(write("w", [1], Float32Array.of(1e6), "F16")).rejects.toThrow(
      /"w" holds 1000000, which F16 cannot hold/,
    );
    await expect(write("__metadata__", [1], new Float32Array(1))).rejects.toThrow(/reserves it/);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe("damaged files", () => {
  async function fileWith(
    header: string | Uint8Array,
    dataLength: number,
    declared?: bigint,
  ): Promise<string> {
    const file = path.join(await temporaryFolder(), "x.safetensors");
    const bytes = Buffer.from(header);
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(declared ?? BigInt(bytes.length));
    await writeFile(file, Buffer.concat([length, bytes, Buffer.alloc(dataLength)]));
    return file;
  }

  const entry = (begin: number, end: number, shape = `[${(end - begin) / 4}]`, dtype = "F32") =>
    `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${begin},${end}]}`;

  it.each<[string, string | Uint8Array, number, RegExp, bigint?]>([
    [
      "a header longer than any",
      "{}",
      0,
      /at most 100000000 bytes, found a declared length of 1{19}/,
      1111111111111111111n,
    ],
    [
      "a header beyond the end",
      "{}",
      0,
      /its header should end at byte 108, but the file has 10 bytes/,
      100n,
    ],
    ["no JSON", "{'a': 1}", 0, /the header is not JSON/],
    ["no UTF-8", Uint8Array.of(0x7b, 0xff, 0x7d), 0, /the header is not JSON/],
    ["no object", "[]", 0, /should be a JSON object/],
    ["space before the object", " {}", 0, /should be a JSON object/],
    ["metadata that is not text", '{"__metadata__":{"a":1}}', 0, /__metadata__ should map names to texts/],
    [
      "an entry without a shape",
      '{"w":{"dtype":"F32","data_offsets":[0,4]}}',
      4,
      /"w" should have dtype, shape and/,
    ],
    ["a negative dimension", `{"w":${entry(0, 4, "[-1]")}}`, 4, /"w" should have dtype, shape/],
    ["a dimension that is not whole", `{"w":${entry(0, 4, "[0.5,2]")}}`, 4, /"w" should have dtype, shape/],
    [
      "an unknown type",
      `{"w":${entry(0, 4, "[4]", "F8_E4M3")}}`,
      4,
      /"w" has type F8_E4M3; supported are F64, F32,/,
    ],
    ["a type from a prototype", `{"w":${entry(0, 4, "[4]", "toString")}}`, 4, /"w" has type toString/],
    [
      "shape and size that disagree",
      `{"w":${entry(0, 8, "[3]")}}`,
      8,
      /shape \[3\] and type F32 takes 12 bytes, found 8/,
    ],
    ["offsets beyond the end", `{"w":${entry(0, 8)}}`, 4, /"w" lies at bytes 0 to 8 of 4/],
    ["offsets that run backwards", `{"w":${entry(8, 4, "[1]")}}`, 8, /"w" lies at bytes 8 to 4 of 8/],
    [
      "overlapping tensors",
      `{"a":${entry(0, 8)},"b":${entry(4, 12)}}`,
      12,
      /"b" overlaps the tensor before it/,
    ],
    [
      "a gap",
      `{"a":${entry(0, 4)},"b":${entry(8, 12)}}`,
      12,
      /"b" leaves a gap .*: expected it at byte 4, found 8/,
    ],
    ["bytes that no tensor holds", `{"a":${entry(0, 4)}}`, 9, /the tensors take 4 bytes, but 9 bytes follow/],
    [
      "a name that stands twice",
      `{"a":${entry(0, 4)},"\\u0061":${entry(0, 4)}}`,
      4,
      /the header names "a" twice/,
    ],
  ])("are refused: %s", async (_, header, dataLength, message, declared) => {
    const file = await fileWith(header, dataLength, declared);
    await expect(readSafetensors(file)).rejects.toThrow(message);
    await expect(readSafetensors(file)).rejects.toThrow(/x\.safetensors is not a valid \.safetensors file/);
  });

  it("are refused when they are cut short anywhere", async () => {
    const whole = await readFile(fixture("dit-part.safetensors"));
    const file = path.join(await temporaryFolder(), "cut.safetensors");
    for (const length of [0, 7, 8, 100, 400, whole.length - 1]) {
      await writeFile(file, whole.subarray(0, length));
      await expect(readSafetensors(file), `${length} bytes`).rejects.toThrow(
        /not a valid \.safetensors file/,
      );
    }
  });

  it("are told from a name that stands in metadata and among the tensors", async () => {
    const file = await fileWith(`{"__metadata__":{"a":"{\\"a\\":"},"a":${entry(0, 4)}}  `, 4);
    const { tensors, metadata } = await readSafetensors(file);
    expect([...tensors.keys()]).toEqual(["a"]);
    expect(metadata).toEqual({ a: '{"a":' });
  });

  it("that do not exist are named", async () => {
    await expect(readSafetensors(fixture("none.safetensors"))).rejects.toThrow(/ENOENT.*none\.safetensors/);
  });
});
