import { describe, expect, it } from "vitest";
import { table } from "../../src/notebook/table";

const rows = [
  { method: "igds", ipc: 1, accuracy: 61.44 },
  { method: "<b>&", ipc: 10, accuracy: -2 },
  { method: "none", ipc: 50, accuracy: undefined },
];

describe("table", () => {
  it("aligns numbers to the right with one number of digits a column, in text", () => {
    expect(table(rows, { digits: 1, caption: "Accuracy (%)" }).text.split("\n")).toEqual([
      "Accuracy (%)",
      "method  ipc  accuracy",
      "------  ---  --------",
      "igds      1      61.4",
      "<b>&     10      −2.0",
      "none     50",
    ]);
  });

  it("aligns and escapes in HTML", () => {
    const { html } = table(rows);
    expect(html).toContain("&lt;b&gt;&amp;");
    expect(html).not.toContain("<b>");
    expect(html).toMatch(/<th style="text-align: right[^>]*>ipc/);
    expect(html).toMatch(/<th style="text-align: left[^>]*>method/);
    expect(html).toMatch(/<td style="text-align: right[^>]*>61\.440/);
  });

  it("takes chosen columns in their order, and no rows", () => {
    expect(table(rows, { columns: ["ipc", "method"] }).text.split("\n")[0]).toBe("ipc  method");
    expect(table([], { columns: ["a"] }).text).toBe("a\n-");
  });
});
