// Sets written for others and read from them: round trips, files of PyTorch and NumPy (fixtures, made by
// makeExchange.py), and what is refused.
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { ExchangeError } from "../../src/exchange/arrays";
import { exportSet } from "../../src/exchange/exportSet";
import { importSet } from "../../src/exchange/importSet";
import { type Layout, layoutOf, layouts } from "../../src/exchange/layouts";
import { temporaryFolder } from "../temporaryFolder";
import { classes, exported, fixtures, images, labels, target, torchSet } from "./smallSet";

/** Class after class, as sets are read. */
const order = [1, 3, 2, 0];
const sorted = Float32Array.from(order.flatMap((i) => [...images.data.slice(i * 45, (i + 1) * 45)]));

describe("exchange", () => {
  it.each(layouts)("%s: what is written is read again", async (layout) => {
    const out = await exported(layout);
    // Of folders with WordNet ids nobody can say whether they are ours or others'.
    expect(await layoutOf(out, classes)).toBe(layout === "wnid" ? "igds" : layout);
    const set = await importSet(out, target);
    expect(set.images.shape).toEqual(images.shape);
    expect(set.images.data).toEqual(sorted);
    expect([...set.labels]).toEqual([0, 0, 1, 2]);
    expect(set.files).toHaveLength(4);
  });

  it("folders are named as others' code looks for them", async () => {
    const files = async (layout: Layout) => {
      const found = await readdir(await exported(layout), { recursive: true });
      return found.filter((name) => name.includes(".")).sort();
    };
    expect(await files("wnid")).toEqual([
      path.join("n01440764", "0.png"),
      path.join("n02086240", "0.png"),
      path.join("n02086240", "1.png"),
      path.join("n03000684", "0.png"),
    ]);
    expect(await files("numbered")).toEqual(
      ["00000/0.png", "00000/1.png", "00001/0.png", "00002/0.png"].map((name) => path.normalize(name)),
    );
    expect(await files("torch")).toEqual(["images.pt", "labels.pt"]);
  });

  it("files for PyTorch and NumPy are, byte for byte, those that they have opened", async () => {
    const torch = await exported("torch");
    const written = async (file: string) => readFile(path.join(fixtures, file));
    expect(await readFile(path.join(torch, "images.pt"))).toEqual(await written("written.pt"));
    expect(await readFile(path.join(torch, "labels.pt"))).toEqual(await written("written-labels.pt"));
    expect(await readFile(await exported("npz"))).toEqual(await written("written.npz"));
    expect(JSON.parse((await written("opened.json")).toString())).toEqual({
      torch: {
        images: { dtype: "torch.float32", shape: [4, 3, 5, 3] },
        same: true,
        labels: { dtype: "torch.int64", values: [2, 0, 1, 0] },
      },
      numpy: {
        images: { dtype: "uint8", shape: [4, 5, 3, 3] },
        same: true,
        labels: { dtype: "int64", values: [2, 0, 1, 0] },
      },
    });
  });

  it("reads what PyTorch and NumPy have written, stored and deflated", async () => {
    for (const source of [
      await torchSet("labels.pt"),
      path.join(fixtures, "stored.npz"),
      path.join(fixtures, "deflated.npz"),
    ]) {
      const set = await importSet(source, target);
      expect(set.images).toEqual({ data: sorted, shape: [4, 5, 3, 3] });
      expect([...set.labels]).toEqual([0, 0, 1, 2]);
      expect(set).not.toHaveProperty("targets");
    }
  });

  it("reads soft labels, and moves their columns with the classes", async () => {
    const soft = [
      [0.1, 0.2, 0.7],
      [0.8, 0.1, 0.1],
      [0, 1, 0],
      [0.5, 0.25, 0.25],
    ];
    const set = await importSet(await torchSet("soft.pt"), target);
    expect([...set.labels]).toEqual([0, 0, 1, 2]);
    expect(set.targets).toEqual(Float32Array.from([1, 3, 2, 0].flatMap((i) => soft[i]!)));

    // The set counts its classes the other way round.
    const reversed = await importSet(await torchSet("soft.pt"), target, { order: [...classes].reverse() });
    expect([...reversed.labels]).toEqual([0, 1, 2, 2]);
    expect(reversed.targets).toEqual(Float32Array.from([0, 2, 1, 3].flatMap((i) => [...soft[i]!].reverse())));
  });

  it.each(["torch", "npz"] as const)(
    "%s: soft labels are written, in the order of classes",
    async (layout) => {
      const { files: _, ...own } = await importSet(await torchSet("soft.pt"), target);
      const folder = await temporaryFolder();
      const other = [classes[2]!, classes[0]!, classes[1]!];
      for (const [name, options] of [
        ["own", {}],
        ["other", { order: other }],
      ] as const) {
        const out = path.join(folder, layout === "npz" ? `${name}.npz` : name);
        await exportSet(own, out, { layout, classes, ...options });
        const back = await importSet(out, target, options);
        expect(back).toMatchObject(own);
      }
      const counted = await importSet(path.join(folder, layout === "npz" ? "other.npz" : "other"), target);
      // Column 0 is class 2 of the dataset now.
      const columns = [2, 0, 1].map((place) => own.targets![place]!);
      const row = Array.from(counted.labels.keys(), (i) => [...counted.targets!.slice(3 * i, 3 * i + 3)]);
      expect(row).toContainEqual(columns);
      const short = { ...own, targets: own.targets!.slice(1) };
      await expect(exportSet(short, path.join(folder, "short.npz"), { layout, classes })).rejects.toThrow(
        "expected soft labels as 4 x 3 shares, found 11 numbers",
      );
    },
  );

  it("reads folders with numbers by the class list of the set", async () => {
    const other = [classes[2]!, classes[0]!, classes[1]!];
    const out = await exported("numbered");
    const set = await importSet(out, target, { order: other });
    // Folder 0 had two images, and is the last class now.
    expect([...set.labels]).toEqual([0, 1, 2, 2]);
    expect(set.images.data.slice(90)).toEqual(sorted.slice(0, 90));
    await expect(importSet(out, target, { order: [other[0]!, other[1]!, "n04404412"] })).rejects.toThrow(
      /each of the dataset's 3 classes once; found 3, unknown: n04404412; missing: n01440764/,
    );
    await expect(importSet(out, target, { order: [...other, other[0]!] })).rejects.toThrow(/once; found 4/);
  });

  it.each(layouts)("%s: what is written in another order of classes is read by it", async (layout) => {
    const other = [classes[2]!, classes[0]!, classes[1]!];
    const out = await exported(layout, { order: other });
    const set = await importSet(out, target, { layout, order: other });
    expect(set.images.data).toEqual(sorted);
    expect([...set.labels]).toEqual([0, 0, 1, 2]);
    await expect(exported(layout, { order: [...classes.slice(1), "n04404412"] })).rejects.toThrow(
      /each of the dataset's 3 classes once; found 3, unknown: n04404412; missing: n02086240/,
    );
  });

  it("standardises for DD-Ranking, and undoes it", async () => {
    const standard = { mean: [0.49, 0.48, 0.45], deviation: [0.2, 0.2, 0.25] };
    const out = await exported("torch", { standard });
    await expect(importSet(out, target)).rejects.toThrow(
      /colours in \[0, 1\], found -.*means and deviations/,
    );
    expect((await importSet(out, target, { standard })).images.data).toEqual(sorted);
    await expect(exported("torch", { standard: { mean: [0.5], deviation: [0.2] } })).rejects.toThrow(
      /each of 3 channels/,
    );
    await expect(exported("torch", { standard: { mean: [0, 0, 0], deviation: [1, 0, 1] } })).rejects.toThrow(
      /larger than 0/,
    );
  });

  it("takes images of another size only where that is asked for", async () => {
    const other = { classes, shape: [7, 7, 3] as const };
    for (const layout of layouts) {
      const out = await exported(layout);
      await expect(importSet(out, other)).rejects.toThrow(/expected .*7 x 7/);
      expect((await importSet(out, other, { size: "own" })).images.shape).toEqual([4, 5, 3, 3]);
    }
  });

  it("says what does not fit when it writes", async () => {
    const folder = await temporaryFolder();
    const named = { layout: "wnid", classes: ["cat", "dog", "cow"] } as const;
    await expect(exportSet({ images, labels }, path.join(folder, "a"), named)).rejects.toThrow(
      /WordNet id such as n01440764.*found "cat"/,
    );
    await writeFile(path.join(folder, "notes.txt"), "");
    await expect(exportSet({ images, labels }, folder, { layout: "igds", classes })).rejects.toThrow(
      /not empty: it holds notes\.txt/,
    );
    const few = { layout: "npz", classes: classes.slice(0, 2) } as const;
    await expect(exportSet({ images, labels }, path.join(folder, "b.npz"), few)).rejects.toThrow(
      /label in 0 \.\. 1 for each of 4 images, found 2 for image 0/,
    );
  });

  it("leaves a file that is there, and writes none that is not found to be .npz", async () => {
    const folder = await temporaryFolder();
    const npz = { layout: "npz", classes } as const;
    const there = path.join(folder, "set.npz");
    await writeFile(there, "precious");
    const again = exportSet({ images, labels }, there, npz);
    await expect(again).rejects.toThrow(ExchangeError);
    await expect(again).rejects.toThrow(/set\.npz is there already\. Choose another name, or delete it\./);
    expect(await readFile(there, "utf8")).toBe("precious");
    const unnamed = exportSet({ images, labels }, path.join(folder, "set"), npz);
    await expect(unnamed).rejects.toThrow(ExchangeError);
    await expect(unnamed).rejects.toThrow(/set: expected a name that ends in \.npz/);
    expect(await readdir(folder)).toEqual(["set.npz"]);
  });
});
