import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { openTorch } from "../../src/nn/torchFile";
import { WeightFileError } from "../../src/nn/weightFile";
import { memoryBytes } from "./memoryBytes";

const torch = (name: string) => path.join(__dirname, "fixtures", "torch", name);

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
