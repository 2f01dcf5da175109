import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { auditCommand } from "../../src/cli/audit";
import { evaluateCommand } from "../../src/cli/evaluate";
import { classList } from "../../src/datasets/classLists";
import { loadDataset } from "../../src/datasets/load";
import { distillInto } from "../../src/distill/distill";
import { writeImageNet } from "../datasets/pictures";
import { temporaryFolder } from "../temporaryFolder";
import { runCommand } from "./runCommand";

const size = ["--size", "8"];

/** Sets of ImageNette and of a folder of pictures, which has moved since. */
async function sets() {
  const folder = await temporaryFolder();
  const [nette, mine, moved] = ["imagenette", "mine", "moved"].map((name) => path.join(folder, name));
  const wnids = classList("imagenette").map(({ wnid }) => wnid);
  await writeImageNet(nette, wnids, { train: 12, val: 3 });
  for (const place of [mine, moved]) await writeImageNet(place, ["a", "b"], { train: 12, val: 4 });
  const made = async (set: string, dataset: string, from: string) => {
    const options = { method: "random", ipc: 2 } as const;
    await distillInto(path.join(folder, set), await loadDataset(dataset, { folder: from, size: 8 }), options);
    return path.join(folder, set);
  };
  return {
    ofNette: await made("of-nette", "imagenette", nette),
    ofMine: await made("of-mine", "image-folder", mine),
    nette,
    mine,
    moved,
    evaluate: (...args: string[]) => {
      const short = ["--protocol", "mlp", "--steps", "2", "--repeats", "1", "--json"];
      const state = ["--state", path.join(folder, "states")];
      return runCommand(evaluateCommand(), ...args, ...size, ...short, ...state);
    },
  };
}

describe("the dataset that judges a set", () => {
  it("is that of its manifest", async () => {
    const { evaluate, ofNette, nette, ofMine, mine } = await sets();
    const known = await evaluate(ofNette, "--folder", nette);
    expect(JSON.parse(known.stdout)).toMatchObject({ dataset: "imagenette", method: "random" });
    const own = await evaluate(ofMine, "--folder", mine);
    expect(JSON.parse(own.stdout)).toMatchObject({ dataset: "mine", method: "random" });
    expect(own.stderr).not.toContain("was distilled from");
  });

  it("is the same task by another name of it", async () => {
    const { evaluate } = await sets();
    const folder = await temporaryFolder();
    const [idc, set] = [path.join(folder, "idc"), path.join(folder, "set")];
    const wnids = classList("imagenet-10").map(({ wnid }) => wnid);
    await writeImageNet(idc, wnids, { train: 12, val: 3 });
    const dataset = await loadDataset("imagenet-10", { folder: idc, size: 8 });
    await distillInto(set, dataset, { method: "random", ipc: 2 });
    const file = path.join(set, "manifest.json");
    await writeFile(file, (await readFile(file, "utf8")).replace('"imagenet-10"', '"image-idc"'));
    const { stdout, stderr } = await evaluate(set, "--folder", idc);
    expect(JSON.parse(stdout)).toMatchObject({ dataset: "imagenet-10" });
    expect(stderr).not.toContain("was distilled from");
  });

  it("is told where it has the name, but not the images, and where the set is unfinished", async () => {
    const { evaluate, ofMine } = await sets();
    const other = path.join(await temporaryFolder(), "mine");
    await writeImageNet(other, ["a", "b"], { train: 13, val: 4 });
    const { stderr } = await evaluate(ofMine, "--folder", other);
    expect(stderr).toMatch(
      /of-mine was distilled from other images or labels than those of mine in .*mine, by which/,
    );
    expect(stderr).not.toContain("unfinished");
    const file = path.join(ofMine, "manifest.json");
    await writeFile(file, (await readFile(file, "utf8")).replace('"finished": true', '"finished": false'));
    expect((await evaluate(ofMine, "--folder", other)).stderr).toContain(
      "of-mine is unfinished: it has 4 of 4 images.",
    );
  });

  it("is asked for where the manifest's cannot be had, or sets are of several", async () => {
    const { evaluate, ofNette, ofMine } = await sets();
    for (const command of [evaluateCommand, auditCommand])
      await expect(runCommand(command(), ofMine)).rejects.toThrow(
        /of-mine was distilled from mine, which is not the name of a dataset: name the folder/,
      );
    await expect(evaluate(ofMine, ofNette)).rejects.toThrow(
      /of-mine was distilled from mine, .*of-nette from imagenette\. Say with --dataset/,
    );
  });

  it("may be another that is named, if it has the same classes", async () => {
    const { evaluate, ofNette, ofMine, mine, moved } = await sets();
    const { stdout, stderr } = await evaluate(ofMine, "--dataset", "image-folder", "--folder", moved);
    expect(JSON.parse(stdout)).toMatchObject({ dataset: "moved" });
    expect(stderr).toContain("of-mine was distilled from mine, and is judged by moved.");
    const wrong = ["--dataset", "image-folder", "--folder", mine, ...size];
    for (const command of [evaluateCommand, auditCommand])
      await expect(runCommand(command(), ofNette, ...wrong)).rejects.toThrow(
        /of-nette was distilled from imagenette, which has other classes than mine\. Leave out --dataset/,
      );
  });
});
