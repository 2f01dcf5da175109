import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parseSafetensors } from "../../src/nn/safetensorsBytes";
import { SafetensorsError } from "../../src/nn/safetensorsHeader";
import { openTorch } from "../../src/nn/torchFile";
import { type WeightFile, WeightFileError } from "../../src/nn/weightFile";
import { readZipDirectory } from "../../src/nn/zipDirectory";
import { memoryBytes } from "./memoryBytes";
import { mutations } from "./mutations";

const torch = (name: string) => path.join(__dirname, "fixtures", "torch", name);

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
    let text = "";
    try {
      parseSafetensors(file(header()), "x");
    } catch (error) {
      expect(error).toBeInstanceOf(SafetensorsError);
      text = (error as Error).message;
    }
    expect(text).toMatch(message);
    expect(text.length).toBeLessThan(1000);
  });
});
