import { describe, expect, it } from "vitest";
import { cleanHtml } from "../../src/notebook/cleanHtml";

describe("cleanHtml", () => {
  it.each([
    ["<script>alert(1)</script>ok", "ok"],
    ['<img src="x" onerror="alert(1)">', "<img>"],
    ['<a href="javascript:alert(1)">a</a>', "<a>a</a>"],
    ['<svg><use href="https://example.org/x#y"></use></svg>', "<svg></svg>"],
    ["<style>body { display: none }</style>ok", "ok"],
    ['<iframe src="https://example.org"></iframe>', ""],
  ])("makes %s harmless", (source, clean) => {
    expect(cleanHtml(source)).toBe(clean);
  });

  it("keeps what tables and progress bars are made of", () => {
    const bar = '<div style="display: flex"><progress max="5" value="2"></progress></div>';
    expect(cleanHtml(bar)).toBe(bar);
    const picture = '<img src="data:image/png;base64,AAAA">';
    expect(cleanHtml(picture)).toBe(picture);
    const link = '<a href="https://example.org/">paper</a>';
    expect(cleanHtml(link)).toBe(link);
  });
});
