import { describe, expect, it } from "vitest";
import { claim, type Evidence, verdictOf } from "../../src/notebook/claim";
import { type VerdictRecord, verdictType } from "../../src/notebook/claimRecord";
import { cleanHtml } from "../../src/notebook/cleanHtml";
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

  it("shows another digit where an interval would seem to end at zero", async () => {
    const own = await claim("c");
    await own.verdict([evidence(-0.2511, 0.2473), evidence(0.2504, 0.2503), evidence(0.5, 0.5)]);
    expect(record(1).words).toBe(
      "gain: −0.251 ± 0.247 nats; gain: +0.2504 ± 0.2503 nats; gain: +0.50 ± 0.50 nats",
    );
  });

  it("counts much evidence, says what is not above zero, and has all of it to unfold", async () => {
    const own = await claim("c");
    const many = [1, 2, 3, 4, 5].map((mean) => ({ ...evidence(mean, 0.5), what: `case <${mean}>` }));
    expect(await own.verdict([...many, evidence(-3, 1), evidence(0.1, 0.2)])).toBe("partly");
    const words =
      "5 of 7 differences lie above zero with their whole interval, 1 below; not above: gain: −3.0 ± 1.0 nats; " +
      "gain: +0.10 ± 0.20 nats";
    expect(record(1).words).toBe(words);
    const { "text/html": html, "text/plain": text } = messages[1]!.content.data!;
    expect(String(html)).toMatch(/<details[^>]*><summary>All 7 differences<\/summary><table>/);
    expect(String(html).match(/<tr>/g)).toHaveLength(8);
    expect(html).toContain(">case &lt;5&gt;</td>");
    expect(cleanHtml(String(html))).toContain("<details");
    const lines = String(text).split("\n");
    expect(lines[1]).toBe(`The claim holds in part: ${words}`);
    expect(lines.slice(3)).toHaveLength(7);
    expect(lines.at(-1)).toBe("  gain: +0.10 ± 0.20 nats");
    await own.verdict([...many, ...many]);
    expect(record(2).words).toBe("10 of 10 differences lie above zero with their whole interval");
  });

  it("refuses to judge without evidence", () => {
    expect(() => verdictOf([])).toThrow("at least one piece of evidence");
  });
});
