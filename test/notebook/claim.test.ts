import { describe, expect, it } from "vitest";
import { claim, type Evidence, verdictOf } from "../../src/notebook/claim";
import { type VerdictRecord, verdictType } from "../../src/notebook/claimRecord";
import { listen } from "./listener";

const evidence = (mean: number, ci95: number): Evidence => ({
  what: "gain",
  difference: { mean, ci95 },
  unit: "nats",
});

describe("claim", () => {
  const messages = listen();
  const record = (at: number) => messages[at]!.content.data![verdictType] as VerdictRecord;

  it("stands at the top without a verdict and is filled in at its place", async () => {
    const own = await claim("A < B", { seed: 7 });
    expect(record(0)).toMatchObject({ claim: "A < B", verdict: null, facts: { seed: "7" } });
    expect(record(0).facts.hardware).toMatch(
      /^\d+ x .+ GB, (TensorFlow 2\.\d+.* on the [CG]PU|WebAssembly)$/,
    );
    expect(await own.verdict([evidence(1.234, 0.456), evidence(0.1, 0.05)])).toBe("holds");
    expect(messages.map(({ type }) => type)).toEqual(["display_data", "update_display_data"]);
    expect(messages[1]!.content.transient).toEqual(messages[0]!.content.transient);
    expect(record(1).words).toBe("gain: +1.23 ± 0.46 nats; gain: +0.100 ± 0.050 nats");
    expect(record(1).facts["running time"]).toMatch(/ s$/);
    expect(messages[1]!.content.data!["text/html"]).toContain("✓ The claim holds here");
    expect(messages[1]!.content.data!["text/html"]).toContain("A &lt; B");
  });

  it("takes a verdict in words", async () => {
    const own = await claim("c");
    expect(await own.verdict("partly", "in two of three cases")).toBe("partly");
    expect(record(1)).toMatchObject({ verdict: "partly", words: "in two of three cases" });
  });

  it.each([
    [
      "holds",
      [
        [2, 1],
        [3, 1],
      ],
    ],
    [
      "partly",
      [
        [2, 1],
        [0.5, 1],
      ],
    ],
    [
      "partly",
      [
        [2, 1],
        [-3, 1],
      ],
    ],
    [
      "fails",
      [
        [-2, 1],
        [0.5, 1],
      ],
    ],
    [
      "undecided",
      [
        [0.5, 1],
        [-0.5, 1],
      ],
    ],
    ["undecided", [[5, Number.NaN]]],
  ] as const)("%s where the intervals are %j", (verdict, pairs) => {
    expect(verdictOf(pairs.map(([mean, ci95]) => evidence(mean, ci95)))).toBe(verdict);
  });

  it("refuses to judge without evidence", () => {
    expect(() => verdictOf([])).toThrow("at least one piece of evidence");
  });
});
