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

  it("writes a mean with its interval, and digits by column", () => {
    const scores = [{ ipc: 1, score: { mean: -59.94, ci95: 6.26 }, loss: 0.123456 }];
    const { text } = table([...scores, { ipc: 2, score: { mean: 1, ci95: Number.NaN } }], {
      digits: { score: 1, loss: 4 },
    });
    expect(text.split("\n").slice(2)).toEqual(["  1  −59.9 ± 6.3  0.1235", "  2          1.0"]);
  });

  it("sorts by a column in either direction, what is missing last", () => {
    const order = (sort: string) => table(rows, { sort }).rows.map(({ ipc }) => ipc);
    expect(order("accuracy")).toEqual([10, 1, 50]);
    expect(order("-accuracy")).toEqual([1, 10, 50]);
    expect(order("-method")).toEqual([50, 1, 10]);
    expect(() => table(rows, { sort: "-size" })).toThrow(
      'no column "size" to sort by; there are method, ipc, accuracy',
    );
  });

  it("puts NaN last in either direction, also as a mean", () => {
    const scores = [2, Number.NaN, 1, Number.POSITIVE_INFINITY, 3].map((a) => ({
      a,
      b: { mean: a, ci95: 1 },
    }));
    for (const column of ["a", "b"]) {
      const order = (sort: string) => table(scores, { sort }).rows.map(({ a }) => a);
      expect(order(column)).toEqual([1, 2, 3, Number.POSITIVE_INFINITY, Number.NaN]);
      expect(order(`-${column}`)).toEqual([Number.POSITIVE_INFINITY, 3, 2, 1, Number.NaN]);
    }
  });

  it("writes dates, lists and other objects as a console does, and no minus before zero", () => {
    const date = new Date(Date.UTC(2024, 1, 3));
    const odd = [{ date, list: [1, 2], other: { mean: 1 }, small: -0.0001, less: -0.001 }];
    const view = table(odd as unknown as Parameters<typeof table>[0]);
    expect(view.text.split("\n")[2]).toBe("2024-02-03T00:00:00.000Z  [ 1, 2 ]  { mean: 1 }  0.000  −0.001");
    expect(view.csv()).toContain('2024-02-03T00:00:00.000Z,"[ 1, 2 ]",{ mean: 1 },-0.0001');
  });

  it("refuses to show a column that no row has", () => {
    expect(() => table(rows, { columns: ["ipc", "acuracy"] })).toThrow(
      'no column "acuracy"; there are method, ipc, accuracy',
    );
  });

  it("gives CSV that keeps all digits, quotes what needs it, and splits intervals", () => {
    const source = [{ name: 'a "b", c', gain: { mean: 0.1234567, ci95: 0.5 }, n: undefined }];
    expect(table(source).csv()).toBe('name,gain,gain ci95,n\r\n"a ""b"", c",0.1234567,0.5,\r\n');
    expect(table(rows, { columns: ["ipc"], sort: "-ipc" }).csv()).toBe("ipc\r\n50\r\n10\r\n1\r\n");
  });
});
