import { describe, expect, it } from "vitest";
import { counted, inWords, moreAtLowest, verdictCell } from "../../docs/pictures/claimsTable";
import { listed, ranges, titleOf } from "../../docs/pictures/gallery";

const at = (ipc: number, mean: number, ci95: number) => ({ ipc, difference: { mean, ci95 } });

describe("the table of claims", () => {
  it("says yes where whole intervals lie above zero, no below, unclear between", () => {
    expect(inWords([at(1, 3, 1), at(10, 2, 1)])).toBe("yes (2 of 2)");
    expect(inWords([at(50, 1, 2), at(5, 2, 1), at(1, -3, 1)])).toBe(
      "yes at IPC 5; no at IPC 1; unclear at IPC 50",
    );
    expect(inWords([])).toBe("not asked");
    expect(counted([at(1, 3, 1), at(10, 1, 2)])).toBe("1 of 2 comparisons");
  });

  it("sets the gain at the lowest IPC against each other, intervals added in squares", () => {
    expect(moreAtLowest([at(10, 2, 4), at(1, 7, 3)])).toEqual([at(10, 5, 5)]);
    expect(moreAtLowest([])).toEqual([]);
  });

  it("tells in part from undecided, and how much of the evidence is for it", () => {
    const words = "6 of 8 differences lie above zero with their whole interval; not above: a; b";
    expect(verdictCell({ verdict: "partly", words })).toBe("◐ in part (6 of 8)");
    expect(verdictCell({ verdict: "undecided", words: "best beta 4" })).toBe("? undecided");
    expect(verdictCell({ verdict: null, words: "" })).toBe("not run");
    expect(verdictCell(undefined)).toBe("not run");
  });
});

describe("the gallery", () => {
  it("makes a list of what speaks against a claim", () => {
    expect(listed("6 of 8 lie above; not above: a: 1; b: 2")).toEqual({
      lead: "6 of 8 lie above; not above:",
      items: ["a: 1", "b: 2"],
    });
    expect(listed("a; b; c").items).toEqual(["a", "b", "c"]);
    expect(listed("a: 1; b: 2")).toEqual({ lead: "a: 1; b: 2", items: [] });
  });

  it("writes seeds in a row as a range, and leaves other facts alone", () => {
    expect(ranges("0, 1, 2, 3, 7, 8, 10")).toBe("0-3, 7, 8, 10");
    expect(ranges("1341, computed in 24 h")).toBe("1341, computed in 24 h");
    expect(ranges("0")).toBe("0");
  });

  it("names a picture by the title of its figure alone", () => {
    expect(titleOf("Figure: Accuracy of each variant (IPC 1, mixture, low to high (band))")).toBe(
      "Accuracy of each variant",
    );
    expect(titleOf("Figure: 12 images")).toBe("12 images");
  });
});
