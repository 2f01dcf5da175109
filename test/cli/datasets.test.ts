import { rm, truncate, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { datasetsCommand } from "../../src/cli/datasets";
import type { DatasetReport } from "../../src/datasets/checkDataset";
import { classList } from "../../src/datasets/classLists";
import { writeImageNet, writeSortedTen } from "../datasets/pictures";
import { temporaryFolder } from "../temporaryFolder";
import { runCommand } from "./runCommand";

const datasets = (...args: string[]) => runCommand(datasetsCommand(), ...args);

const found = ({ checks }: DatasetReport, name: string) => checks.find((one) => one.name === name);

describe("igds datasets", () => {
  afterEach(() => vi.restoreAllMocks());

  it("lists all, found or with what to do", async () => {
    const { stdout, code } = await datasets("--json");
    const list = JSON.parse(stdout) as { name: string; found: string | null; remedy: string | null }[];
    expect(code).toBe(0);
    expect(list.map(({ name }) => name)).toEqual(expect.arrayContaining(["fashion-mnist", "imagenet-1k"]));
    for (const { found: folder, remedy } of list) expect((folder === null) !== (remedy === null)).toBe(true);
    expect((await datasets()).stdout).toMatch(/^found {2}fashion-mnist .*\n(.*\n)* +- +imagewoof +\S/);
  });

  it("checks a folder, and says what was found", async () => {
    const folder = await temporaryFolder();
    const wnids = classList("imagewoof").map(({ wnid }) => wnid);
    await writeImageNet(folder, [...wnids, "n01440764"], { train: 3, val: 1 });
    const { stdout, code, stderr } = await datasets(
      "check",
      "imagewoof",
      "--folder",
      folder,
      "--pictures",
      "--json",
    );
    const report = JSON.parse(stdout) as DatasetReport;
    expect([code, stderr, report.passed, report.like]).toEqual([0, "", true, "miniature"]);
    expect(report.counts).toMatchObject({ n02096294: { train: 3, test: 1 } });
    expect(found(report, "classes")!.found).toMatch(
      /^11 class folders, of which the classes of imagewoof are read$/,
    );
    expect(found(report, "pictures")!.found).toBe("40 decoded");
    const words = await datasets("check", "imagewoof", "--folder", folder);
    expect(words.stdout).toMatch(
      /^imagewoof in .*\nok {6}layout .*\nok {6}classes .*\nok {6}counts .* a miniature\n$/,
    );
  });

  it("goes on after a fault, and ends with exit code 1", async () => {
    const folder = await temporaryFolder();
    const { sorted, file } = await writeSortedTen(folder);
    const wrong = await datasets("check", "image-idc", "--folder", folder, "--class-list", file, "--json");
    const report = JSON.parse(wrong.stdout) as DatasetReport;
    expect([wrong.code, report.passed, report.counts]).toEqual([1, false, null]);
    expect(found(report, "classes")!.found).toMatch(/8 missing .*\*sorted\*/);
    expect(wrong.stderr).toMatch(/is not image-idc as it should be/);
    // Counts and a damaged picture.
    const own = path.join(folder, "own.txt");
    await writeFile(own, sorted.slice(0, 2).join("\n"));
    await rm(path.join(folder, "train", sorted[0]!, `${sorted[0]}_1.JPEG`));
    await truncate(path.join(folder, "train", sorted[1]!, `${sorted[1]}_1.JPEG`), 100);
    const uneven = JSON.parse(
      (
        await datasets(
          "check",
          "imagenet-1k",
          "--folder",
          folder,
          "--class-list",
          own,
          "--pictures",
          "--json",
        )
      ).stdout,
    ) as DatasetReport;
    expect(found(uneven, "layout")!.passed).toBe(true);
    expect(found(uneven, "classes")).toMatchObject({
      passed: true,
      found: expect.stringMatching(/2 classes/),
    });
    expect(found(uneven, "counts")).toMatchObject({
      passed: false,
      found: expect.stringMatching(
        /^3 \+ 2 images: n01558993: expected 732 to 1300 training images, found 1/,
      ),
    });
    expect(found(uneven, "pictures")!.found).toMatch(
      /^1 of 5 damaged: .*n01692333_1\.JPEG: not a readable image/,
    );
  });

  it("asks for a folder where there is none", async () => {
    await expect(datasets("check", "imagenette")).rejects.toThrow(/expected a folder to look at.*--folder/);
    await expect(datasets("check", "cats")).rejects.toThrow(/Unknown dataset "cats"/);
  });
});
