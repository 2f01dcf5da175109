import { describe, expect, expectTypeOf, it } from "vitest";
import { parameters } from "../../src/notebook/parameters";

const defaults = { profile: "quick", ipcs: [1, 10], seed: 0, guided: true } as const;
const given = (value: unknown) => ({
  IGDS_PARAMETERS: typeof value === "string" ? value : JSON.stringify(value),
});

describe("parameters", () => {
  it("gives the defaults, with open types", () => {
    const p = parameters(defaults, {});
    expect(p).toEqual(defaults);
    expectTypeOf(p.seed).toEqualTypeOf<number>();
    expectTypeOf(p.profile).toEqualTypeOf<string>();
    expectTypeOf(p.ipcs).toEqualTypeOf<number[]>();
  });

  it("replaces those that the environment names", () => {
    expect(parameters(defaults, given({ ipcs: [5], guided: false }))).toEqual({
      ...defaults,
      ipcs: [5],
      guided: false,
    });
    expect(parameters(defaults, given("  "))).toEqual(defaults);
  });

  it.each([
    [
      { sed: 1 },
      'IGDS_PARAMETERS: "sed" is no parameter of this notebook. It has: profile, ipcs, seed, guided.',
    ],
    [{ toString: 1 }, '"toString" is no parameter'],
    [{ seed: "1" }, 'IGDS_PARAMETERS: "seed" must be a number like 0, found "1" (string).'],
    [{ ipcs: 5 }, '"ipcs" must be a list whose items are each a number like 1, found 5 (number).'],
    [{ ipcs: [5, "x"] }, '(item 1 is "x")'],
    [{ guided: null }, '"guided" must be a boolean like true, found null'],
    ["{seed: 1}", "it is not JSON"],
    ["[1]", 'must be a JSON object such as {"seed": 1}, found [1].'],
    ["null", "must be a JSON object"],
  ])("refuses %j", (value, message) => {
    expect(() => parameters(defaults, given(value))).toThrow(message);
  });

  it("takes what papermill's cell gives afterwards, into the same object", () => {
    const p = parameters(defaults, given({ seed: 3 }));
    const inject = Reflect.get(globalThis, Symbol.for("igds.parameters")) as (values: object) => void;
    inject({ ipcs: [50] });
    expect(p).toEqual({ ...defaults, seed: 3, ipcs: [50] });
    expect(() => inject({ seed: "x" })).toThrow(
      'The injected parameters: "seed" must be a number like 0, found "x"',
    );
  });
});
