import { mkdir, open, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it, vi } from "vitest";
import { removeUnfinished, unfinishedName, writeFileAtomic } from "../../src/tensor/atomicFile";
import { temporaryFolder } from "../temporaryFolder";

describe("writeFileAtomic", () => {
  it("makes folders, joins chunks and replaces what was there", async () => {
    const file = path.join(await temporaryFolder(), "a", "b.bin");
    await writeFileAtomic(file, "old content that is longer");
    await writeFileAtomic(file, "new", Uint8Array.of(33), "");
    expect(await readFile(file, "utf8")).toBe("new!");
    expect(await readdir(path.dirname(file))).toEqual(["b.bin"]);
  });

  it("never shows a part to a reader while many write", async () => {
    const file = path.join(await temporaryFolder(), "shared.txt");
    const texts = ["a", "b", "c", "d"].map((letter) => letter.repeat(300_000));
    await writeFileAtomic(file, texts[0]!);
    const writers = texts.map((text) => writeFileAtomic(file, text.slice(0, 150_000), text.slice(150_000)));
    let writing = true;
    const finished = Promise.all(writers).then(() => {
      writing = false;
    });
    while (writing) expect(texts).toContain(await readFile(file, "utf8"));
    await finished;
    expect(texts).toContain(await readFile(file, "utf8"));
    expect(await readdir(path.dirname(file))).toEqual(["shared.txt"]);
  });

  it("leaves nothing behind that removeUnfinished does not find", async () => {
    const folder = await temporaryFolder();
    const names = ["a.png", "b.png"].map((name) => path.basename(unfinishedName(path.join(folder, name))));
    for (const name of [...names, "a.png", ".hidden", "c.tmp"]) await writeFile(path.join(folder, name), "");
    await removeUnfinished(folder, ["b.png"]);
    expect((await readdir(folder)).sort()).toEqual([names[0]!, ".hidden", "a.png", "c.tmp"].sort());
    await removeUnfinished(folder);
    expect((await readdir(folder)).sort()).toEqual([".hidden", "a.png", "c.tmp"]);
    await removeUnfinished(path.join(folder, "none"));
  });

  it.each([
    ["ENOSPC", /the disk is full.*Free some space/],
    ["EROFS", /read-only\. Choose another folder/],
    ["EACCES", /may not write there/],
  ])("says what %s means, and leaves the old file as it was", async (code, message) => {
    const folder = await temporaryFolder();
    const file = path.join(folder, "a.txt");
    await writeFileAtomic(file, "old");
    const probe = await open(file);
    const handles = Object.getPrototypeOf(probe) as { sync(): Promise<void> };
    await probe.close();
    vi.spyOn(handles, "sync").mockRejectedValueOnce(Object.assign(new Error(code), { code }));
    await expect(writeFileAtomic(file, "new")).rejects.toThrow(message);
    vi.restoreAllMocks();
    expect(await readFile(file, "utf8")).toBe("old");
    expect(await readdir(folder)).toEqual(["a.txt"]);
  });

  it("leaves nothing behind when it fails", async () => {
    const folder = await temporaryFolder();
    await mkdir(path.join(folder, "taken"));
    await expect(writeFileAtomic(path.join(folder, "taken"), "x")).rejects.toThrow(
      /EISDIR|EEXIST|ENOTEMPTY|EPERM/,
    );
    expect(await readdir(folder)).toEqual(["taken"]);
  });
});
