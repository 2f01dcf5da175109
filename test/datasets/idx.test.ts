import { writeFile } from "node:fs/promises";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { parseIdx, readIdx } from "../../src/datasets/idx";
import { temporaryFolder } from "../temporaryFolder";

/** 2 x 3 unsigned bytes, as the format's description lays them out. */
const small = Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255);

describe("parseIdx", () => {
  it("reads dimensions and bytes", () => {
    expect(parseIdx(small, "small")).toEqual({ dimensions: [2, 3], data: Uint8Array.of(1, 2, 3, 4, 5, 255) });
  });

  it("reads every element type, big-endian, from bytes that are not aligned", () => {
    const file = (type: number, ...data: number[]) => {
      const shifted = Uint8Array.of(99, 0, 0, type, 1, 0, 0, 0, 1, ...data);
      return parseIdx(shifted.subarray(1), "shifted").data;
    };
    expect(file(0x09, 0xfe)).toEqual(Int8Array.of(-2));
    expect(file(0x0b, 0x01, 0x02)).toEqual(Int16Array.of(258));
    expect(file(0x0c, 0xff, 0xff, 0xff, 0x00)).toEqual(Int32Array.of(-256));
    expect(file(0x0d, 0x3f, 0xc0, 0, 0)).toEqual(Float32Array.of(1.5));
    expect(file(0x0e, 0xbf, 0xf8, 0, 0, 0, 0, 0, 0)).toEqual(Float64Array.of(-1.5));
  });

  it("says what is wrong with a damaged file", () => {
    const changed = (index: number, value: number) => small.map((byte, i) => (i === index ? value : byte));
    expect(() => parseIdx(small.subarray(0, 3), "a.idx")).toThrow(/a\.idx.*at least 4 bytes, found 3 bytes/);
    expect(() => parseIdx(changed(0, 1), "a.idx")).toThrow(/two zero bytes at the start, found 0x0100/);
    expect(() => parseIdx(changed(2, 7), "a.idx")).toThrow(/element type .* found 0x07/);
    expect(() => parseIdx(changed(3, 0), "a.idx")).toThrow(/at least one dimension, found none/);
    expect(() => parseIdx(changed(3, 9), "a.idx")).toThrow(/9 dimensions in a header of 40 bytes, found 18/);
    expect(() => parseIdx(small.subarray(0, 17), "a.idx")).toThrow(
      /18 bytes for dimensions 2 x 3, found 17 bytes/,
    );
    expect(() => parseIdx(Uint8Array.of(...small, 0), "a.idx")).toThrow(/found 19 bytes/);
    // Dimensions whose product overflows 32 bits must not pass for a small file.
    expect(() => parseIdx(Uint8Array.of(0, 0, 8, 2, 1, 0, 0, 0, 0, 0, 1, 0), "a.idx")).toThrow(
      /4294967308 bytes/,
    );
  });
});

describe("readIdx", () => {
  it("reads plain and gzip files alike", async () => {
    const folder = await temporaryFolder();
    await writeFile(path.join(folder, "plain"), small);
    await writeFile(path.join(folder, "packed.gz"), gzipSync(small));
    const plain = await readIdx(path.join(folder, "plain"));
    expect(plain.dimensions).toEqual([2, 3]);
    expect(await readIdx(path.join(folder, "packed.gz"))).toEqual(plain);
  });

  it("reports a gzip file that is cut short or damaged", async () => {
    const folder = await temporaryFolder();
    const packed = gzipSync(small);
    const damaged = Buffer.from(packed);
    damaged[packed.length - 8]! ^= 0xff; // its checksum
    await writeFile(path.join(folder, "cut.gz"), packed.subarray(0, packed.length - 9));
    await writeFile(path.join(folder, "damaged.gz"), damaged);
    await expect(readIdx(path.join(folder, "cut.gz"))).rejects.toThrow(
      /cut\.gz: the gzip data is damaged or cut short/,
    );
    await expect(readIdx(path.join(folder, "damaged.gz"))).rejects.toThrow(
      /damaged\.gz: the gzip data is damaged/,
    );
  });
});
