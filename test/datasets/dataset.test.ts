import { describe, expect, it } from "vitest";
import { classSlug, classSlugs, indicesByClass } from "../../src/datasets/dataset";
import { fashionMnistClasses } from "../../src/datasets/fashionMnist";

describe("class folders", () => {
  it("turns class names into folder names that every file system takes", () => {
    expect(classSlugs(fashionMnistClasses)).toEqual([
      "t-shirt-top",
      "trouser",
      "pullover",
      "dress",
      "coat",
      "sandal",
      "shirt",
      "sneaker",
      "bag",
      "ankle-boot",
    ]);
    expect(classSlug("n01440764")).toBe("n01440764");
    expect(classSlug("  Crème brûlée (hot)  ")).toBe("creme-brulee-hot");
    expect(classSlug("../../etc")).toBe("etc");
  });

  it("refuses names that leave nothing, or share a folder", () => {
    expect(() => classSlug("猫")).toThrow(/at least one Latin letter or digit, found "猫"/);
    expect(() => classSlugs(["crane", "a b", "A-B"])).toThrow(/"a b" and "A-B" both give "a-b"/);
  });
});

describe("indicesByClass", () => {
  it("lists the places of each class in order, and keeps empty classes", () => {
    expect(indicesByClass([2, 0, 2, 0], 4)).toEqual([
      Int32Array.of(1, 3),
      Int32Array.of(),
      Int32Array.of(0, 2),
      Int32Array.of(),
    ]);
    expect(() => indicesByClass([0, 5], 3)).toThrow(/0 \.\. 2; label 1 is 5/);
  });
});
