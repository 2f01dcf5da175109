import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { writeImages } from "../../src/datasets/imageFolder";
import {
  checkSameRun,
  findManifest,
  libraryVersion,
  type Manifest,
  readManifest,
  writeManifest,
} from "../../src/distill/manifest";
import { ledgerEntries, verifyImages } from "../../src/distill/manifestImages";
import { Seed } from "../../src/tensor/random";
import { temporaryFolder } from "../temporaryFolder";

const hash = "0123456789abcdef".repeat(4);

const manifest: Manifest = {
  format: 1,
  igds: libraryVersion(),
  dataset: "fashion-mnist",
  classes: ["Bag", "Coat"],
  ipc: 2,
  method: "igds",
  settings: { steps: 50, guidance: { beta: "auto", window: [0, 999] }, mixture: null },
  seeds: { root: new Seed(0).child("distill").toString() },
  checkpoint: { file: "data/checkpoints/fashion-mnist-unet.safetensors", sha256: hash, steps: 4000 },
  classifier: { file: "data/checkpoints/fashion-mnist-classifier.safetensors", sha256: hash },
  engine: { backend: "tensorflow", tensorflow: "2.21.0", device: "CPU" },
  finished: false,
  images: [
    {
      file: "bag/1.png",
      class: "Bag",
      index: 1,
      sha256: hash,
      ledger: [{ t: 980, prototype: 0.25, contextual: { low: 0, high: 0.5 }, context: -0.1 }],
    },
    { file: "bag/0.png", class: "Bag", index: 0, sha256: hash },
  ],
};

describe("manifest.json", () => {
  it("comes back as it was written, unfinished, images in label order", async () => {
    const folder = await temporaryFolder();
    const images = [
      { file: "coat/1.png", class: "Coat", index: 1, sha256: hash, source: 17 },
      ...manifest.images,
    ];
    await writeManifest(folder, { ...manifest, images });
    const read = await readManifest(folder);
    expect(read.images.map(({ file }) => file)).toEqual(["bag/0.png", "bag/1.png", "coat/1.png"]);
    expect(read).toEqual({ ...manifest, images: [images[2], images[1], images[0]] });
    expect(await readdir(folder)).toEqual(["manifest.json"]);
  });

  it("has the same bytes for the same content, and one line per image", async () => {
    const folder = await temporaryFolder();
    const file = path.join(folder, "manifest.json");
    await writeManifest(folder, manifest);
    const first = await readFile(file, "utf8");
    await writeManifest(folder, { ...manifest, images: [...manifest.images].reverse() });
    expect(await readFile(file, "utf8")).toBe(first);
    expect(first.split("\n").filter((line) => line.includes('.png"'))).toHaveLength(2);
    await writeManifest(folder, { ...manifest, images: [] });
    expect((await readManifest(folder)).images).toEqual([]);
  });

  it("may be missing where a run begins, not where a set is read", async () => {
    const folder = await temporaryFolder();
    expect(await findManifest(folder)).toBeNull();
    expect(await findManifest(path.join(folder, "none"))).toBeNull();
    await expect(readManifest(folder)).rejects.toThrow(
      /expected a distilled set with a file manifest\.json, found none/,
    );
  });

  it.each<[string, (value: Record<string, unknown>) => unknown, RegExp]>([
    ["missing fields", ({ ipc: _, ...rest }) => rest, /manifest: ipc: /],
    ["fields it does not know", (value) => ({ ...value, colour: 1 }), /colour/],
    ["a wrong type", (value) => ({ ...value, ipc: "2" }), /ipc: .*expected int|ipc: .*expected number/],
    ["a list", () => [], /the whole file: /],
    [
      "a wrong hash",
      (value) => ({ ...value, images: [{ ...manifest.images[1], sha256: "12" }] }),
      /images\[0\]\.sha256: expected 64 hex/,
    ],
    [
      "a path that leads out",
      (value) => ({ ...value, images: [{ ...manifest.images[1], file: "../x.png" }] }),
      /path below the folder/,
    ],
    [
      "an absolute path",
      (value) => ({ ...value, images: [{ ...manifest.images[1], file: "/x.png" }] }),
      /path below the folder/,
    ],
    [
      "an unknown class",
      (value) => ({ ...value, images: [{ ...manifest.images[1], class: "Cat" }] }),
      /unknown class "Cat"/,
    ],
    [
      "a number beyond IPC",
      (value) => ({ ...value, images: [{ ...manifest.images[1], index: 2 }] }),
      /number 2, but IPC is 2/,
    ],
    [
      "an image twice",
      (value) => ({ ...value, images: [manifest.images[0], manifest.images[0]] }),
      /bag\/1\.png stands in it twice/,
    ],
    [
      "two files for one image",
      (value) => ({ ...value, images: [manifest.images[0], { ...manifest.images[0], file: "bag/x.png" }] }),
      /Bag, image 1 stands in it twice/,
    ],
    [
      "a finish without the images",
      (value) => ({ ...value, finished: true }),
      /finished, but has 2 images of 2 classes x 2/,
    ],
    [
      "a newer format",
      (value) => ({ ...value, format: 2, more: true }),
      /expected format 1, found 2: a newer version/,
    ],
  ])("is refused with %s", async (_, change, message) => {
    const folder = await temporaryFolder();
    await writeFile(path.join(folder, "manifest.json"), JSON.stringify(change({ ...manifest })));
    await expect(readManifest(folder)).rejects.toThrow(message);
    await expect(findManifest(folder)).rejects.toThrow(/manifest\.json/);
  });

  it("is refused when it is cut short, and never written wrong", async () => {
    const folder = await temporaryFolder();
    await writeManifest(folder, manifest);
    const file = path.join(folder, "manifest.json");
    const before = await readFile(file, "utf8");
    await expect(writeManifest(folder, { ...manifest, finished: true })).rejects.toThrow(
      /was not written.*2 images of/,
    );
    const ledger = [{ t: 0, prototype: Number.NaN, contextual: { low: 0, high: 0 }, context: 0 }];
    const broken = { ...manifest, images: [{ ...manifest.images[1]!, ledger }] };
    await expect(writeManifest(folder, broken)).rejects.toThrow(
      /was not written.*images\[0\]\.ledger\[0\]\.prototype/,
    );
    expect(await readFile(file, "utf8")).toBe(before);
    await writeFile(file, before.slice(0, -30));
    await expect(readManifest(folder)).rejects.toThrow(
      /not a valid manifest: it is not JSON .*Restore the file, or delete/,
    );
  });
});

describe("checkSameRun", () => {
  it("lets a run go on, and names every setting that differs", () => {
    const later: Manifest = { ...manifest, finished: true, images: [] };
    expect(() => checkSameRun("out", manifest, later)).not.toThrow();
    const other: Manifest = {
      ...manifest,
      settings: { steps: 20, guidance: { beta: "auto", window: [0, 500] }, mixture: null, extra: 1 },
      checkpoint: null,
    };
    expect(() => checkSameRun("out", manifest, other)).toThrow(
      /^out holds a set that was made in another way:\n.*settings\.steps: found 50, expected 20\n.*settings\.guidance\.window: found \[0,999\], expected \[0,500\]\n.*settings\.extra: found nothing, expected 1\n.*checkpoint: found \{"file".*expected null\nChoose another folder/,
    );
  });
});

describe("the images of a manifest", () => {
  it("are compared with their files", async () => {
    const folder = await temporaryFolder();
    const data = new Float32Array(3 * 4);
    data[0] = 1;
    const written = await writeImages(folder, manifest.classes, { data, shape: [3, 2, 2, 1] }, [0, 0, 1]);
    const images = written.map(({ file, label, index, sha256 }) => ({
      file,
      class: manifest.classes[label]!,
      index,
      sha256,
    }));
    const whole: Manifest = { ...manifest, images };
    expect(await verifyImages(folder, whole)).toEqual({ intact: images, faults: [] });
    await rm(path.join(folder, "bag/1.png"));
    await writeFile(path.join(folder, "coat/0.png"), "changed");
    const { intact, faults } = await verifyImages(folder, whole);
    expect(intact).toEqual([images[0]]);
    expect(faults.map(({ image }) => image)).toEqual([images[1], images[2]]);
    expect(faults[0]!.fault).toMatch(/bag\/1\.png: the file is missing/);
    expect(faults[1]!.fault).toMatch(/coat\/0\.png: expected SHA-256 [0-9a-f]{64}, found [0-9a-f]{64}/);
  });

  it("take their ledger from a step's bounds", () => {
    const bounds = {
      prototype: Float32Array.of(1 / 3, -2),
      contextual: { low: Float32Array.of(0.1, 0), high: Float32Array.of(1.2345678, 0) },
      context: Float32Array.of(1e-9, 0),
    };
    expect(ledgerEntries({ t: 40, bounds })).toEqual([
      { t: 40, prototype: 0.333333, contextual: { low: 0.1, high: 1.23457 }, context: 1e-9 },
      { t: 40, prototype: -2, contextual: { low: 0, high: 0 }, context: 0 },
    ]);
    expect(ledgerEntries({ t: 40 })).toBeNull();
  });
});
