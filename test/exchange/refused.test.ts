// Sets written for others and read from them: round trips, files of PyTorch and NumPy (fixtures, made by
// makeExchange.py), and what is refused.
import { execFileSync } from "node:child_process";
import { mkdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { findManifest } from "../../src/distill/manifest";
import { ExchangeError } from "../../src/exchange/arrays";
import { importSet } from "../../src/exchange/importSet";
import { layouts } from "../../src/exchange/layouts";
import { readNpz } from "../../src/exchange/npz";
import { crc32, zipArchive } from "../../src/exchange/zipWriter";
import { mutations } from "../nn/mutations";
import { temporaryFolder } from "../temporaryFolder";
import { classes, exported, fixtures, target, torchSet } from "./smallSet";

describe("what is refused", () => {
  it("links out of the folder, and class names that are paths", async () => {
    const out = await exported("numbered");
    const elsewhere = await temporaryFolder();
    await rename(path.join(out, "00001"), path.join(elsewhere, "moved"));
    await symlink(path.join(elsewhere, "moved"), path.join(out, "00001"));
    await expect(importSet(out, target)).rejects.toThrow(/00001 is a link that leads out of the folder/);
    const file = await exported("wnid");
    await rename(path.join(file, classes[1]!, "0.png"), path.join(elsewhere, "0.png"));
    await symlink(path.join(elsewhere, "0.png"), path.join(file, classes[1]!, "0.png"));
    await expect(importSet(file, target)).rejects.toThrow(/0\.png is a link that leads out/);
    // Names become folder names by letters and digits alone.
    const away = { classes: ["../a", "b", "c"], shape: target.shape };
    await expect(importSet(await exported("wnid"), away, { layout: "wnid" })).rejects.toThrow(
      /one folder per class \("a", "b", "c"\)/,
    );
    await expect(importSet(path.join(elsewhere, "none"), target)).rejects.toThrow(/no such file or folder/);
  });

  it("pipes, at which a reader would wait for ever, and sets of another kind than the layout that is named", async () => {
    const folder = await temporaryFolder();
    const pipe = async (...names: string[]) => {
      await mkdir(path.join(folder, ...names.slice(0, -1)), { recursive: true });
      execFileSync("mkfifo", [path.join(folder, ...names)]);
    };
    await pipe("set.npz");
    await expect(importSet(path.join(folder, "set.npz"), target)).rejects.toThrow(
      /set\.npz: expected a plain file/,
    );
    const torch = await torchSet("labels.pt");
    for (const name of ["labels.pt", "images.pt"]) {
      await rm(path.join(torch, name));
      execFileSync("mkfifo", [path.join(torch, name)]);
      await expect(importSet(torch, target)).rejects.toThrow(`${name}: expected a plain file`);
    }
    for (const [i, name] of classes.entries())
      await (i === 0 ? pipe("named", name, "0.png") : mkdir(path.join(folder, "named", name)));
    await expect(importSet(path.join(folder, "named"), { classes })).rejects.toThrow(
      /0\.png: expected a plain file/,
    );

    await pipe("manifest.json");
    await expect(findManifest(folder)).rejects.toThrow(/manifest\.json: expected a plain file/);

    const none = path.join(folder, "none");
    for (const layout of layouts) {
      const missing = importSet(none, target, { layout });
      await expect(missing).rejects.toThrow(ExchangeError);
      await expect(missing).rejects.toThrow("none: cannot read the set: there is no such file or folder");
      const other = layout === "npz" ? folder : path.join(fixtures, "stored.npz");
      await expect(importSet(other, target, { layout })).rejects.toThrow(
        layout === "npz" ? /expected a plain file, as layout npz is/ : /expected a folder, as layout/,
      );
    }
  });

  it("wrong numbers of folders, images and labels", async () => {
    const out = await exported("numbered");
    await mkdir(path.join(out, "00004"));
    await expect(importSet(out, target)).rejects.toThrow(/numbers 0 \.\. 2.*found 4: 00004/);
    await mkdir(path.join(out, "readme"));
    await expect(importSet(out, target)).rejects.toThrow(/found .*readme/);
    const two = { classes: classes.slice(0, 2), shape: target.shape };
    await expect(importSet(path.join(fixtures, "stored.npz"), two)).rejects.toThrow(
      /stored\.npz, labels: expected class numbers 0 \.\. 1, found 2 for image 0/,
    );
    await expect(importSet(await torchSet("images.pt"), target)).rejects.toThrow(
      /labels\.pt: expected 4 class numbers, or 4 x 3 shares, found 4 x 3 x 5 x 3/,
    );
    const scores = await importSet(await torchSet("soft.pt"), two).catch((error: Error) => error.message);
    expect(scores).toMatch(/4 class numbers, or 4 x 2 shares, found 4 x 3/);
  });

  it("files that are missing, cut short, or of another kind", async () => {
    const folder = await torchSet("labels.pt");
    const whole = await readFile(path.join(folder, "images.pt"));
    for (const length of [whole.length - 1, 700, 100, 3, 0]) {
      await writeFile(path.join(folder, "images.pt"), whole.subarray(0, length));
      await expect(importSet(folder, target)).rejects.toThrow(/images\.pt/);
    }
    await writeFile(path.join(folder, "images.pt"), whole);
    await rename(path.join(folder, "labels.pt"), path.join(folder, "label.pt"));
    await expect(importSet(folder, target)).rejects.toThrow(
      /labels\.pt: there is no such file.*needs images/,
    );

    for (const name of ["stored.npz", "deflated.npz"]) {
      const archive = await readFile(path.join(fixtures, name));
      const file = path.join(await temporaryFolder(), name);
      for (const length of [archive.length - 1, 300, 30, 0]) {
        await writeFile(file, archive.subarray(0, length));
        await expect(importSet(file, target)).rejects.toThrow(/not an \.npz file, or it is cut short/);
      }
      // One byte of the packed numbers changed.
      const damaged = Buffer.from(archive);
      damaged[180]! ^= 0x10;
      await writeFile(file, damaged);
      await expect(importSet(file, target)).rejects.toThrow(/damaged|cannot be unpacked|header|should have/);
    }
    const text = path.join(await temporaryFolder(), "set.txt");
    await writeFile(text, "");
    await expect(importSet(text, target)).rejects.toThrow(/a folder or an \.npz file/);
    const unknown = await temporaryFolder();
    await mkdir(path.join(unknown, "stuff"));
    await expect(importSet(unknown, target)).rejects.toThrow(/named by class.*found stuff/);
  });

  it("arrays of other kinds in an .npz", async () => {
    const folder = await temporaryFolder();
    const npy = (header: string, bytes: Uint8Array) => {
      const text = `${header}\n`;
      const start = Buffer.alloc(10);
      start.write("\x93NUMPY\x01\x00", "latin1");
      start.writeUInt16LE(text.length, 8);
      return Buffer.concat([start, Buffer.from(text), bytes]);
    };
    const read = async (parts: { name: string; bytes: Uint8Array }[]) => {
      const file = path.join(folder, "a.npz");
      await writeFile(file, Buffer.concat(zipArchive(parts)));
      return readNpz(file);
    };
    const one = (header: string, size = 8) =>
      read([{ name: "x.npy", bytes: npy(header, Buffer.alloc(size)) }]);
    const good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }";
    expect((await one(good)).get("x")).toEqual({ shape: [2, 1], dtype: "F32", data: new Float32Array(2) });
    await expect(one(good.replace("<f4", ">f4"))).rejects.toThrow(/holds >f4.*little-endian/);
    await expect(one(good.replace("False", "True"))).rejects.toThrow(/column by column/);
    await expect(one(good.replace("<f4", "|O"))).rejects.toThrow(/holds \|O/);
    await expect(one(good, 7)).rejects.toThrow(/8 bytes for 2 x 1 numbers, found 7/);
    await expect(one("{'descr': eval('1')}")).rejects.toThrow(/header that is not read/);
    await expect(read([{ name: "x.npy", bytes: Buffer.alloc(40) }])).rejects.toThrow(/does not begin with/);
    await expect(read([{ name: "x.txt", bytes: Buffer.alloc(4) }])).rejects.toThrow(/\.npy files.*"x\.txt"/);
  });

  it("gives a set or an error in words for 600 damaged files", async () => {
    const folder = await torchSet("labels.pt");
    let refused = 0;
    const tried = async (source: string) => {
      const read = await importSet(source, target).catch((error: Error) => error);
      if (read instanceof ExchangeError) {
        expect(read.message).toContain(path.basename(source));
        refused++;
      } else expect(read).toMatchObject({ labels: expect.any(Int32Array) });
    };
    for (const name of ["stored.npz", "deflated.npz"])
      for (const bytes of mutations(await readFile(path.join(fixtures, name)), 200, name)) {
        const file = path.join(folder, name);
        await writeFile(file, bytes);
        await tried(file);
      }
    for (const bytes of mutations(await readFile(path.join(fixtures, "images.pt")), 200, "images")) {
      await writeFile(path.join(folder, "images.pt"), bytes);
      await tried(folder);
    }
    expect(refused).toBeGreaterThan(450);
  });

  it("has the checksum of ISO 3309", () => {
    expect(crc32(Buffer.from("123456789"))).toBe(0xcbf43926);
  });
});
