// igds export and igds import, called as functions: the built command line is tested in commands.test.ts.
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { exportCommand } from "../../src/cli/export";
import { importCommand } from "../../src/cli/import";
import { classList } from "../../src/datasets/classLists";
import { writeImages } from "../../src/datasets/imageFolder";
import { readManifest } from "../../src/distill/manifest";
import { exportSet } from "../../src/exchange/exportSet";
import { importSet } from "../../src/exchange/importSet";
import { layouts } from "../../src/exchange/layouts";
import { temporaryFolder } from "../temporaryFolder";
import { runCommand } from "./runCommand";

const wnids = ["n01440764", "n02102040", "n02979186", "n03000684", "n03028079"].concat(
  ["n03394916", "n03417042", "n03425413", "n03445777", "n03888257"], // biome-ignore format: two rows
);

/** A set of ImageNette: two grey-level ramps per class. */
async function nette(): Promise<string> {
  const folder = path.join(await temporaryFolder(), "set");
  const data = Float32Array.from({ length: 20 * 27 }, (_, i) => (i % 256) / 127.5 - 1);
  const labels = Array.from({ length: 20 }, (_, i) => i % 10);
  await writeImages(folder, wnids, { data, shape: [20, 3, 3, 3] }, labels);
  return folder;
}

async function run(command: "export" | "import", ...args: string[]): Promise<unknown> {
  const written: string[] = [];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => written.push(String(text)) > 0);
  const made = command === "export" ? exportCommand() : importCommand();
  await made.exitOverride().parseAsync([...args, "--dataset", "imagenette", "--json"], { from: "user" });
  vi.restoreAllMocks();
  return JSON.parse(written.join(""));
}

afterEach(() => vi.restoreAllMocks());

describe("igds export, igds import", () => {
  it.each(["wnid", "numbered", "torch", "npz"])("through %s and back: the same files", async (layout) => {
    const set = await nette();
    const folder = await temporaryFolder();
    const out = path.join(folder, layout === "npz" ? "a.npz" : "a");
    expect(await run("export", set, "--layout", layout, "--out", out)).toEqual({
      out,
      layout,
      images: 20,
      classes: 10,
    });
    const back = path.join(folder, "back");
    const found = layout === "wnid" ? "igds" : layout;
    expect(await run("import", out, "--out", back)).toEqual({
      out: back,
      layout: found,
      images: 20,
      ipc: 2,
      soft: false,
    });
    for (const wnid of wnids)
      for (const name of ["0.png", "1.png"])
        expect(await readFile(path.join(back, wnid, name))).toEqual(
          await readFile(path.join(set, wnid, name)),
        );
    const manifest = await readManifest(back);
    expect(manifest).toMatchObject({ method: "imported", dataset: "imagenette", ipc: 2, finished: true });
    expect(manifest.settings).toEqual({ source: path.basename(out), layout: found });
  });

  it("a set that counts its classes in another order, by its class list", async () => {
    const set = await nette();
    const folder = await temporaryFolder();
    const numbered = path.join(folder, "numbered");
    await run("export", set, "--layout", "numbered", "--out", numbered);
    const list = path.join(folder, "classes.txt");
    await writeFile(list, `${[...wnids].reverse().join("\n")}\n`);
    const back = path.join(folder, "back");
    await run("import", numbered, "--out", back, "--classes", list);
    expect(await readFile(path.join(back, wnids[9]!, "1.png"))).toEqual(
      await readFile(path.join(set, wnids[0]!, "1.png")),
    );
    await writeFile(list, `${wnids.slice(1).join("\n")}\n`);
    await expect(run("import", numbered, "--out", back, "--classes", list)).rejects.toThrow(
      /10 classes once; found 9, unknown: nothing; missing: n01440764/,
    );
  });

  describe("exports by a class list", () => {
    /** In another order than the dataset's, and not its own reverse: class 0 of the list is class 3 of the dataset. */
    const order = wnids.map((_, i) => wnids[(i + 3) % 10]!);
    const files = (folder: string, name: string) => readFile(path.join(folder, name, "1.png"));

    async function listed(names: readonly string[]): Promise<string> {
      const list = path.join(await temporaryFolder(), "classes.txt");
      await writeFile(list, `${names.join("\n")}\n`);
      return list;
    }

    it.each(layouts)("in its order: %s, and back by the same list", async (layout) => {
      const set = await nette();
      const folder = await temporaryFolder();
      const out = path.join(folder, layout === "npz" ? "a.npz" : "a");
      const list = await listed(order);
      await run("export", set, "--layout", layout, "--out", out, "--classes", list);
      // Others count by the list, and where folders have names, these stay those of what is in them.
      const counted = await importSet(out, { classes: wnids });
      const first = await importSet(set, { classes: wnids });
      const named = layout === "igds" || layout === "wnid";
      expect(counted.images.data.slice(0, 54)).toEqual(
        first.images.data.slice(...(named ? [0, 54] : [3 * 54, 4 * 54])),
      );
      const back = path.join(folder, "back");
      await run("import", out, "--out", back, "--layout", layout, "--classes", list);
      for (const wnid of wnids) expect(await files(back, wnid)).toEqual(await files(set, wnid));
    });

    it("with other names for the classes, in layouts that hold names alone", async () => {
      const set = await nette();
      const folder = await temporaryFolder();
      const out = path.join(folder, "named");
      const names = wnids.map((_, i) => `class ${i}`);
      await run("export", set, "--layout", "igds", "--out", out, "--classes", await listed(names));
      for (const [i, wnid] of wnids.entries())
        expect(await files(out, `class-${i}`)).toEqual(await files(set, wnid));

      const refused = async (layout: string, given: readonly string[], message: RegExp) => {
        const to = path.join(folder, "refused.npz");
        const exporting = run(
          "export",
          set,
          "--layout",
          layout,
          "--out",
          to,
          "--classes",
          await listed(given),
        );
        await expect(exporting).rejects.toThrow(message);
      };
      for (const layout of ["numbered", "torch", "npz"])
        await refused(
          layout,
          names,
          /holds numbers in place of names.*found 10, unknown: class 0, .*missing: n01440764, .*--layout wnid or igds/,
        );
      await refused("igds", names.slice(1), /10 classes.*found 9/);
      // An order with a slip of the pen would name a folder by another class.
      const slip = order.with(9, "n00000000");
      await refused("wnid", slip, /"n03000684", the set's class 3, as number 0; unknown: n00000000/);
      await refused(
        "igds",
        order.map((name) => name.toUpperCase()),
        /"N03000684", the set's class 3, as number 0/,
      );
      expect(await readdir(folder)).toEqual(["named"]);
    });
  });

  describe("soft labels", () => {
    /** ImageNette, one image per class: 0.7 its own, the rest one other class. */
    async function soft(): Promise<{ npz: string; targets: Float32Array }> {
      const npz = path.join(await temporaryFolder(), "soft.npz");
      const labels = Array.from(wnids.keys());
      const share = (n: number, c: number) => (c === n ? 0.7 : c === (n + 3) % 10 ? 0.3 : 0);
      const targets = Float32Array.from(labels.flatMap((n) => labels.map((c) => share(n, c))));
      const images = { data: new Float32Array(10 * 27), shape: [10, 3, 3, 3] as const };
      await exportSet({ images, labels, targets }, npz, { layout: "npz", classes: wnids });
      return { npz, targets };
    }

    it("are exported where the layout holds them, in the order of the class list", async () => {
      const { npz, targets } = await soft();
      const folder = await temporaryFolder();
      const list = path.join(folder, "classes.txt");
      await writeFile(list, `${[...wnids].reverse().join("\n")}\n`);
      const args = ["--layout", "torch", "--out"];
      await run("export", npz, ...args, path.join(folder, "own"));
      await run("export", npz, ...args, path.join(folder, "reversed"), "--classes", list);
      const target = { classes: wnids };
      expect((await importSet(path.join(folder, "own"), target)).targets).toEqual(targets);
      const order = [...wnids].reverse();
      expect((await importSet(path.join(folder, "reversed"), target, { order })).targets).toEqual(targets);
      expect((await importSet(path.join(folder, "reversed"), target)).targets).not.toEqual(targets);
    });

    it("are said to be lost where it does not", async () => {
      const { npz } = await soft();
      const out = path.join(await temporaryFolder(), "out");
      const nette = ["--dataset", "imagenette", "--out", out];
      const { stderr } = await runCommand(exportCommand(), npz, "--layout", "numbered", ...nette);
      expect(stderr).toMatch(
        /soft labels, which pictures in folders cannot hold.*--layout torch and npz keep them/,
      );
    });
  });

  it("writes the dataset's own name, whatever others call it", async () => {
    const set = path.join(await temporaryFolder(), "set");
    const idc = classList("imagenet-10").map(({ wnid }) => wnid);
    await writeImages(
      set,
      idc,
      { data: new Float32Array(10 * 27), shape: [10, 3, 3, 3] },
      Array.from(idc.keys()),
    );
    const out = path.join(await temporaryFolder(), "out");
    await runCommand(importCommand(), set, "--dataset", "image-idc", "--out", out);
    expect((await readManifest(out)).dataset).toBe("imagenet-10");
  });

  it("leaves nothing behind where something is wrong", async () => {
    const set = await nette();
    const folder = await temporaryFolder();
    await expect(run("export", set, "--layout", "zip", "--out", folder)).rejects.toThrow(/zip/);
    await expect(run("import", set, "--out", set)).rejects.toThrow(/not empty/);
    await expect(
      run("export", set, "--layout", "torch", "--out", path.join(folder, "a"), "--mean", "0.5,0.5,0.5"),
    ).rejects.toThrow(/--mean and --deviation together/);
    await expect(
      run("export", set, "--layout", "npz", "--out", path.join(folder, "a.npz"), "--mean", "0.5,0.5,0.5"),
    ).rejects.toThrow("--mean: only with --layout torch.");
    expect(await readdir(folder)).toEqual([]);
  });
});
