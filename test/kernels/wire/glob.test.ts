import { describe, expect, it } from "vitest";
import { matchesGlob } from "../../../kernels/wire/glob";

describe("matchesGlob", () => {
  it.each([
    ["let a = 1", "let*", true],
    ["let a = 1", "let", false],
    ["let a = 1", "*a*", true],
    ["let a = 1", "*A*", false],
    ["two\nlines", "two*lines", true],
    ["abc", "a?c", true],
    ["ac", "a?c", false],
    ["a😀c", "a?c", true],
    ["a1", "a[0-9]", true],
    ["ax", "a[0-9]", false],
    ["ax", "a[^0-9]", true],
    ["a-", "a[x-]", true],
    ["a]", "a[]]", true],
    ["a[1", "a[1", true],
    ["abab", "*ab", true],
    ["", "", true],
    ["", "*", true],
    ["a", "", false],
    ["a.c", "a.c", true],
    ["abc", "a.c", false],
  ])("%j, %j: %s", (text, pattern, expected) => {
    expect(matchesGlob(text, pattern)).toBe(expected);
  });

  it("does not take for ever over many stars", () => {
    expect(matchesGlob("a".repeat(10_000), `${"a*".repeat(50)}b`)).toBe(false);
  });
});
