import { describe, expect, it } from "vitest";
import { type ClassListName, classList } from "../../src/datasets/classLists";
import { countsLike } from "../../src/datasets/imageCounts";

const wnids = (name: ClassListName) => classList(name).map(({ wnid }) => wnid);
const of = (name: ClassListName, train: readonly number[], test: readonly number[]) =>
  countsLike(wnids(name), { train, test }, name);
const fill = (count: number, value: number): number[] => new Array<number>(count).fill(value);

// In label order; counted in fastai's own lists of files.
const woof = [943, 949, 921, 932, 941, 580, 942, 940, 949, 928];
const woofTest = [407, 401, 429, 418, 409, 224, 408, 410, 401, 422];

describe("countsLike", () => {
  it("tells fastai's copy from ImageNet's", () => {
    expect(woof.reduce((a, b) => a + b)).toBe(9025);
    expect(of("imagewoof", woof, woofTest).like).toBe("fastai, second version");
    const original = fill(10, 1300).with(5, 754);
    expect(of("imagewoof", original, fill(10, 50))).toEqual({ like: "ImageNet", faults: [] });
    const nette = fill(10, 1300).with(3, 1194);
    expect(nette.reduce((a, b) => a + b)).toBe(12_894);
    expect(of("imagenette", nette, fill(10, 50)).like).toBe("ImageNet");
  });

  it("says what differs from the nearest copy", () => {
    expect(of("imagewoof", woof.with(2, 920), woofTest)).toEqual({
      like: null,
      faults: ["n02111889: expected 921 training images, found 920"],
    });
    expect(of("imagewoof", fill(10, 1300), fill(10, 50)).faults).toEqual([
      "n02089973: expected 754 training images, found 1300",
    ]);
    expect(of("imagenet-10", fill(10, 1300).with(0, 731), fill(10, 50).with(9, 49)).faults).toEqual([
      "n02869837: expected 732 to 1300 training images, found 731",
      "n01773797: expected 50 test images, found 49",
    ]);
  });

  it("looks at the total where only that is known, and takes equal small counts for a miniature", () => {
    const hundred = fill(100, 1300);
    const place = (wnid: string) => wnids("imagenet-100").indexOf(wnid);
    hundred[place("n02089973")] = 754;
    expect(of("imagenet-100", hundred, fill(100, 50)).faults).toEqual([
      "expected 126689 training images in all, found 129454",
    ]);
    const rest = 129_454 - 126_689;
    for (let i = 0, left = rest; left > 0; i++) {
      if (["n02089973", "n02086240"].includes(wnids("imagenet-100")[i]!)) continue;
      const less = Math.min(left, 500);
      hundred[i]! -= less;
      left -= less;
    }
    expect(of("imagenet-100", hundred, fill(100, 50)).like).toBe("ImageNet");
    expect(of("imagenet-1k", fill(1000, 6), fill(1000, 2)).like).toBe("miniature");
    expect(of("imagenette", fill(10, 6), fill(10, 2).with(1, 1)).like).toBeNull();
    expect(of("imagenette", fill(10, 0), fill(10, 2)).like).toBeNull();
  });
});
