// Damaged and hostile input to every reader of data from elsewhere: what comes out is the data, or an error in words of the kind
// that the reader promises; never a crash, never a file outside its folder. Weight files are in test/nn, frames of the kernel's
// protocol in test/kernels.
import { lstat, mkdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { classSlug, DatasetError } from "../../src/datasets/dataset";
import { parseIdx } from "../../src/datasets/idx";
import { encodeImages, readImageFolder, writeImages } from "../../src/datasets/imageFolder";
import { procedural, proceduralDataset } from "../../src/datasets/procedural";
import { distillInto } from "../../src/distill/distill";
import { findManifest, ManifestError } from "../../src/distill/manifest";
import { verifyImages } from "../../src/distill/manifestImages";
import { parameters } from "../../src/notebook/parameters";
import { queueAddress } from "../../src/queue/address";
import { cellJobSchema } from "../../src/queue/cellJob";
import { parsePayload, shardJobSchema } from "../../src/queue/jobs";
import { DataError } from "../../src/queue/parsed";
import { readPart, writePart } from "../../src/queue/part";
import { Seed } from "../../src/tensor/random";
import { mutations } from "../nn/mutations";
import { long } from "../queue/long";

const COUNT = long ? 10_000 : 300;
const base = path.resolve(__dirname, "..", "..", ".cache", "test", `fuzz-${process.pid}`);
const dataset = proceduralDataset(procedural({ noise: 0.3 }), 20, new Seed(0));
const utf8 = (text: string) => new TextEncoder().encode(text);
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

beforeAll(() => mkdir(base, { recursive: true }));
afterAll(() => rm(base, { recursive: true, force: true }));

type Kind = abstract new (...args: never[]) => Error;

/** Gives each damaged copy to the reader, and counts what came of it: results and errors of the kinds that may come. */
async function feed(
  inputs: Iterable<Uint8Array>,
  read: (bytes: Uint8Array) => unknown,
  ...kinds: Kind[]
): Promise<{ read: number; refused: number }> {
  const count = { read: 0, refused: 0 };
  for (const bytes of inputs) {
    try {
      await read(bytes);
      count.read++;
    } catch (error) {
      if (!kinds.some((kind) => error instanceof kind)) throw error;
      expect((error as Error).message.length).toBeGreaterThan(10);
      count.refused++;
    }
  }
  if (long) console.log(expect.getState().currentTestName, count);
  return count;
}

/** JSON with values of other kinds and sizes, and names that lead elsewhere, in the place of its own. */
function* misfits(value: unknown, count: number, seed: string): Generator<unknown> {
  const strange = [null, -1, 1e308, 2 ** 53, "", "../../etc/passwd", "/etc/passwd", "a\u0000b", [], {}, true];
  const more = [
    "x".repeat(5000),
    { __proto__: { polluted: 1 } },
    "..",
    ".",
    "CON",
    "a/../b",
    "\u202e",
    "C:\\x",
    0.5,
  ];
  const all = [...strange, ...more];
  for (let i = 0; i < count; i++) {
    const draws = new Seed(seed).child(i).uniform(40);
    let next = 0;
    const draw = (below: number) => Math.floor(draws[next++ % draws.length]! * below);
    const copy = structuredClone({ value }) as { value: unknown };
    let [place, key]: [Record<string, unknown>, string] = [copy, "value"];
    for (let depth = draw(6); depth > 0; depth--) {
      const inner = place[key];
      if (typeof inner !== "object" || inner === null || Object.keys(inner).length === 0) break;
      place = inner as Record<string, unknown>;
      key = Object.keys(inner)[draw(Object.keys(inner).length)]!;
    }
    const fault = draw(5);
    if (fault === 0) delete place[key];
    else if (fault === 1) place[`${key}2`] = all[draw(all.length)];
    else place[key] = all[draw(all.length)];
    yield copy.value;
  }
}

const shard = { kind: "shard", set: "igds-10", run: "0123456789abcdef0123456789abcdef", shard: 3 };
const cell = {
  kind: "cell",
  what: "score",
  key: "0123456789abcdef",
  igds: "0.1.0",
  profile: "quick",
  cell: {
    variant: { name: "igds", options: { method: "igds", steps: 2 } },
    ...{ ipc: 1, seed: 0, training: 0, protocol: "mlp", labels: "hard", on: "test" },
  },
};

describe("damaged and hostile input", () => {
  it("manifests", async () => {
    const [whole, damaged] = [path.join(base, "whole"), path.join(base, "damaged")];
    await distillInto(whole, dataset, { method: "random", ipc: 2 });
    const good = await readFile(path.join(whole, "manifest.json"));
    await mkdir(damaged);
    const read = async (bytes: Uint8Array) => {
      await writeFile(path.join(damaged, "manifest.json"), bytes);
      const manifest = await findManifest(damaged);
      for (const { file } of manifest?.images ?? [])
        expect(path.resolve(damaged, file).startsWith(damaged + path.sep)).toBe(true);
    };
    const half = Math.ceil(COUNT / 2);
    const { refused } = await feed(mutations(good, half, "manifest"), read, ManifestError);
    expect(refused).toBeGreaterThan(half / 10);
    const wrong = [...misfits(JSON.parse(text(good)), half, "manifest")].map((one) =>
      utf8(JSON.stringify(one) ?? ""),
    );
    expect((await feed(wrong, read, ManifestError)).refused).toBeGreaterThan(half / 2);
    expect(Object.prototype).not.toHaveProperty("polluted");
  });

  it("payloads of the queue", async () => {
    for (const [value, schema] of [
      [shard, shardJobSchema],
      [cell, cellJobSchema],
    ] as const) {
      expect(parsePayload<unknown>(schema, value)).toEqual(value);
      const wrong = [...misfits(value, COUNT, value.kind)].map((one) => utf8(JSON.stringify(one) ?? "null"));
      const { refused } = await feed(
        wrong,
        (bytes) => {
          const job = parsePayload<unknown>(schema, JSON.parse(text(bytes))) as { set?: string };
          if (job.set !== undefined) expect(path.basename(job.set)).toBe(job.set);
        },
        DataError,
      );
      expect(refused).toBeGreaterThan(COUNT / 2);
    }
    expect(() => parsePayload(shardJobSchema, { ...shard, more: "x".repeat(200_000) })).toThrow(
      /at most 100000/,
    );
  });

  it("parts of sets", async () => {
    const data = new Seed("part").normal(2 * 64).map((value) => Math.max(-1, Math.min(1, value)));
    const images = await encodeImages(["a b", "c"], { data, shape: [2, 8, 8, 1] }, [1, 1]);
    const place = { run: "r", shard: 1, classes: ["a b", "c"], labels: [1], ipc: 2, height: 8, width: 8 };
    const good = writePart("r", 1, { images });
    expect(readPart(good, place).images).toEqual(
      images.map((image) => ({ ...image, png: Buffer.from(image.png) })),
    );
    const read = (bytes: Uint8Array) => {
      for (const { file } of readPart(text(bytes), place).images) expect(file).toMatch(/^c\/[01]\.png$/);
    };
    // JSON.parse says what it cannot read by a SyntaxError; all else is an Error of our own, never a TypeError.
    const ours = class Ours extends Error {
      static override [Symbol.hasInstance](error: unknown): boolean {
        return error instanceof Error && !(error instanceof TypeError) && !(error instanceof RangeError);
      }
    };
    await feed(mutations(utf8(good), COUNT, "part"), read, ours);
    const wrong = [...misfits(JSON.parse(good), COUNT, "part")].map((one) => utf8(JSON.stringify(one) ?? ""));
    await feed(wrong, read, ours);
  });

  it("pictures of a set", async () => {
    const folder = path.join(base, "pictures");
    const small = { classes: ["one"], shape: [8, 8, 1] as const };
    const data = new Seed("picture").normal(64).map((value) => Math.max(-1, Math.min(1, value)));
    await writeImages(folder, small.classes, { data, shape: [1, 8, 8, 1] }, [0]);
    const file = path.join(folder, "one", "0.png");
    const good = await readFile(file);
    const { refused } = await feed(
      mutations(good, COUNT, "png"),
      async (bytes) => {
        await writeFile(file, bytes);
        expect((await readImageFolder(folder, small)).images.data).toHaveLength(64);
      },
      DatasetError,
    );
    expect(refused).toBeGreaterThan(COUNT / 2);
  });

  it("IDX files", async () => {
    const good = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 4, ...new Uint8Array(32));
    await feed(mutations(good, COUNT, "idx"), (bytes) => parseIdx(bytes, "file"), DatasetError);
  });

  it("parameters of notebooks", async () => {
    const defaults = { profile: "quick", ipcs: [1, 10], seed: 0, draw: true };
    const good = utf8(JSON.stringify({ ...defaults, seed: 3 }));
    const read = (bytes: Uint8Array) => {
      const found = parameters(defaults, { IGDS_PARAMETERS: text(bytes) });
      expect(Object.keys(found)).toEqual(Object.keys(defaults));
      for (const [name, value] of Object.entries(found))
        expect(typeof value).toBe(typeof defaults[name as keyof typeof defaults]);
    };
    await feed(mutations(good, COUNT, "parameters"), read, TypeError);
    const wrong = [...misfits(JSON.parse(text(good)), COUNT, "parameters")].map((one) =>
      utf8(JSON.stringify(one) ?? ""),
    );
    await feed(wrong, read, TypeError);
  });

  it("links that lead out of a set, and files that are none", async () => {
    const [folder, secret] = [path.join(base, "links"), path.join(base, "secret.png")];
    const small = { classes: ["one"], shape: [8, 8, 1] as const };
    const [picture] = await encodeImages(
      small.classes,
      { data: new Float32Array(64), shape: [1, 8, 8, 1] },
      [0],
    );
    await writeFile(secret, picture!.png);
    await mkdir(path.join(folder, "one"), { recursive: true });
    const file = path.join(folder, "one", "0.png");
    await symlink(secret, file);
    await expect(readImageFolder(folder, small)).rejects.toThrow(/leads out of/);
    await rm(file);
    await mkdir(file);
    await expect(readImageFolder(folder, small)).rejects.toThrow(/expected a plain file/);
    await rm(folder, { recursive: true });
    await mkdir(folder);
    await mkdir(path.join(base, "others"));
    await writeFile(path.join(base, "others", "0.png"), picture!.png);
    await symlink(path.join(base, "others"), path.join(folder, "one"));
    await expect(readImageFolder(folder, small)).rejects.toThrow(/leads out of/);
    // The same for the files of a manifest: such an image is made again, into the set.
    const set = path.join(base, "linked");
    const manifest = await distillInto(set, dataset, { method: "random", ipc: 1 });
    const [{ file: first, sha256 }] = manifest.images;
    await rename(path.join(set, first), path.join(base, "moved.png"));
    await symlink(path.join(base, "moved.png"), path.join(set, first));
    expect((await verifyImages(set, manifest)).faults).toMatchObject([{ image: { sha256 } }]);
    await distillInto(set, dataset, { method: "random", ipc: 1 });
    expect((await lstat(path.join(set, first))).isFile()).toBe(true);
  });

  it("pictures of other kinds under the name of a PNG", async () => {
    const folder = path.join(base, "svg");
    await mkdir(path.join(folder, "one"), { recursive: true });
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><image href="/etc/passwd"/></svg>';
    await writeFile(path.join(folder, "one", "0.png"), svg);
    await expect(readImageFolder(folder, { classes: ["one"], shape: [8, 8, 3] })).rejects.toThrow(
      /expected a PNG, JPEG or WebP picture, found svg/,
    );
  });

  it("names of classes, and addresses", async () => {
    for (const bytes of mutations(utf8("T-shirt/top ../..\\ \u0000é中"), COUNT, "class")) {
      let slug: string;
      try {
        slug = classSlug(text(bytes));
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
        continue;
      }
      expect(slug).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    }
    const secret = "redis://user:geheim@host:6379/2";
    for (const bytes of mutations(utf8(secret), COUNT, "address")) {
      try {
        const { options } = queueAddress(text(bytes));
        expect(options.port).toBeLessThan(65_536);
      } catch (error) {
        expect(error).not.toBeInstanceOf(TypeError);
        expect((error as Error).message).toMatch(/Expected the address of a Redis server/);
      }
    }
  });
});
