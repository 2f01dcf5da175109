import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { checkClassList } from "../../src/datasets/checkClassList";
import { classList, classListNames, classTitle, readClassList } from "../../src/datasets/classLists";
import { temporaryFolder } from "../temporaryFolder";

const wnids = (name: (typeof classListNames)[number]) => classList(name).map(({ wnid }) => wnid);

describe("the class lists", () => {
  it("are those that the papers use, in their order", () => {
    expect(classListNames.map((name) => classList(name).length)).toEqual([1000, 100, 10, 10, 10]);
    for (const name of classListNames) expect(new Set(wnids(name)).size).toBe(classList(name).length);
    // The names as the anchors give them, first and last.
    expect(classList("imagenet-10").map(({ name }) => name)).toEqual([
      "bonnet",
      "green mamba",
      "langur",
      "Doberman",
      "gyromitra",
      "Saluki",
      "vacuum",
      "window screen",
      "cocktail shaker",
      "garden spider",
    ]);
    expect(wnids("imagenet-100").slice(0, 10)).toEqual(wnids("imagenet-10"));
    expect([wnids("imagenette")[0], wnids("imagenette")[9]]).toEqual(["n01440764", "n03888257"]);
    expect(wnids("imagewoof")).toEqual(
      (
        "n02096294 n02093754 n02111889 n02088364 n02086240 " +
        "n02089973 n02087394 n02115641 n02099601 n02105641"
      ).split(" "),
    );
    expect(wnids("imagenet-1k")).toEqual([...wnids("imagenet-1k")].sort());
    // torchvision's numbers of three classes of ImageNet-1K.
    expect([0, 207, 999].map((i) => classList("imagenet-1k")[i]!.name)).toEqual([
      "tench",
      "golden retriever",
      "toilet tissue",
    ]);
    const thousand = new Set(wnids("imagenet-1k"));
    for (const name of classListNames) expect(wnids(name).every((wnid) => thousand.has(wnid))).toBe(true);
    expect([classTitle("n02869837"), classTitle("n00000001")]).toEqual(["bonnet", "n00000001"]);
  });
});

describe("checkClassList", () => {
  it("knows each list as it was published", async () => {
    for (const name of classListNames) {
      const report = await checkClassList(wnids(name), name);
      expect(report).toMatchObject({
        list: name,
        order: "published",
        faults: [],
        duplicates: [],
        unknown: [],
      });
    }
    expect((await checkClassList(wnids("imagenet-10"))).subsetOf).toEqual(["imagenet-1k", "imagenet-100"]);
    expect((await checkClassList(wnids("imagenet-100"))).beginsWithImageNet10).toBe(true);
  });

  it("tells IDC's list sorted from IDC's list", async () => {
    const sorted = wnids("imagenet-100").sort();
    const report = await checkClassList(sorted);
    expect(report).toMatchObject({ list: "imagenet-100", order: "sorted", beginsWithImageNet10: false });
    expect(report.faults).toEqual([
      expect.stringMatching(
        /sorted order: its first ten begin with n01558993.*n02869837, n01749939.*another task/,
      ),
    ]);
    const [fault] = (await checkClassList(sorted.slice(0, 10), "imagenet-10")).faults;
    expect(fault).toMatch(/8 missing .*8 not of it \(n01558993.*first ten of ImageNet-100 \*sorted\*/);
    expect((await checkClassList([...wnids("imagewoof")].sort())).faults[0]).toMatch(/label numbers differ/);
  });

  it("names duplicates, unknown ids and what is missing", async () => {
    const ids = wnids("imagenette");
    const report = await checkClassList([...ids.slice(0, 8), ids[0]!, "n99999999", "tench"], "imagenette");
    expect(report).toMatchObject({
      list: null,
      order: null,
      subsetOf: [],
      duplicates: ["n01440764"],
      unknown: ["n99999999", "tench"],
    });
    expect(report.faults).toEqual([
      "named more than once: n01440764",
      'no WordNet ids, which are n and eight digits: "tench"',
      "not among the thousand classes of ImageNet-1K: n99999999",
      "expected the 10 classes of imagenette, found 2 missing (n03445777, n03888257) and 2 not of it (n99999999, tench)",
    ]);
  });

  it("reads files as others write them, and folders, which have no order", async () => {
    const folder = await temporaryFolder();
    const file = path.join(folder, "class100.txt");
    // As LOC_synset_mapping.txt: the id, then names; with Windows line ends, a comment and an empty line.
    const lines = wnids("imagenet-100").map((wnid) => `${wnid} ${classTitle(wnid)}, another name`);
    await writeFile(file, `# IDC\r\n${lines.join("\r\n")}\r\n\r\n`);
    expect(await checkClassList(file, "imagenet-100")).toMatchObject({ order: "published", faults: [] });
    for (const wnid of wnids("imagewoof"))
      await mkdir(path.join(folder, "woof", "train", wnid), { recursive: true });
    expect(await readClassList(path.join(folder, "woof"))).toEqual([...wnids("imagewoof")].sort());
    expect((await checkClassList(path.join(folder, "woof"), "imagewoof")).faults).toEqual([]);
    await expect(checkClassList(path.join(folder, "none"))).rejects.toThrow(
      /none: expected a file with one class/,
    );
    const named = path.join(folder, "named.txt");
    await writeFile(named, "ankle boot # shoes\n  C# class\n# a comment\nn01440764\ttench, Tinca tinca\n");
    expect(await readClassList(named)).toEqual(["ankle boot", "C# class", "n01440764"]);
    await writeFile(path.join(folder, "empty.txt"), "\n");
    await expect(checkClassList(path.join(folder, "empty.txt"))).rejects.toThrow(
      /one class in a line, found none/,
    );
  });
});
