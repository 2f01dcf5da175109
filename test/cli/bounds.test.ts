import { afterEach, describe, expect, it, vi } from "vitest";
import { boundsCommand } from "../../src/cli/bounds";

/** Runs the command in this process; what it would print, and what it would say of a mistake. */
async function bounds(...args: string[]): Promise<{ stdout: string; help: string }> {
  const written: string[] = [];
  const help: string[] = [];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  const command = boundsCommand()
    .exitOverride()
    .configureOutput({ writeOut: (text) => help.push(text), writeErr: () => undefined });
  try {
    await command.parseAsync(args, { from: "user" });
  } finally {
    vi.restoreAllMocks();
  }
  return { stdout: written.join(""), help: help.join("") };
}

afterEach(() => vi.restoreAllMocks());

describe("igds bounds", () => {
  const small = [
    "--dimension",
    "3",
    "--classes",
    "2",
    "--separation",
    "4",
    "--samples",
    "300",
    "--seed",
    "7",
  ];

  it("prints the truth and every bound with 95 % intervals as JSON", async () => {
    const { stdout } = await bounds(...small, "--json");
    const result = JSON.parse(stdout);
    expect(result.settings).toEqual({
      dimension: 3,
      classes: 2,
      contexts: 3,
      separation: 4,
      imbalance: 1,
      samples: 300,
      ipc: 10,
      seed: "7",
    });
    expect(Object.keys(result.truth)).toEqual(["I(X;Y)", "I(X;Z|Y)", "H(X|Y)", "set"]);
    const names = result.bounds.map(({ name }: { name: string }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        "barber-agakov",
        "context",
        "cmi",
        "mixture",
        "context, as it guides",
        "infonce",
        "nwj",
        "dv",
        "smile",
        "kozachenko-leonenko",
        "vendi (upper bound)",
        "denoiser (upper bound)",
      ]),
    );
    expect(result.truth.set.samples).toBeGreaterThan(1000); // draws, not the two sets
    const says = Object.fromEntries(result.bounds.map((bound: { name: string }) => [bound.name, bound]));
    expect(says["barber-agakov"]).toMatchObject({ guides: true, asItGuides: false });
    expect(says["barber-agakov"].says).toMatch(/cross-fitted/);
    expect(says.context.says).toMatch(/true clusters/);
    expect(says["context of the set"].says).toMatch(/no tightness to show/);
    expect(says["context, as it guides"]).toMatchObject({ asItGuides: true, quantity: "H(X|Y)" });
    for (const { name, value, interval, truth, standardError, side } of result.bounds) {
      expect(interval[0], name).toBeCloseTo(value - 1.96 * standardError, 10);
      expect(interval[1], name).toBeCloseTo(value + 1.96 * standardError, 10);
      if (side === "lower") expect(value, name).toBeLessThan(truth + 4 * standardError + 0.02);
    }
  });

  it("prints the same for the same seed, and a table without --json", async () => {
    const values = async (seed: string) =>
      JSON.parse((await bounds(...small.slice(0, -1), seed, "--json")).stdout).bounds.map(
        ({ value }: { value: number }) => value,
      );
    const first = await values("1");
    expect(await values("1")).toEqual(first);
    expect(await values("2")).not.toEqual(first);
    const { stdout } = await bounds(...small);
    expect(stdout).toMatch(/^I\(X;Y\) +0\.\d+ +\+- 0\.\d+ +the truth$/m);
    expect(stdout).toMatch(/^ {2}\* mixture +\d\.\d+/m);
    expect(stdout).toMatch(/^ {2}\* context, as it guides +-?\d/m);
    expect(stdout).toMatch(/^~ barber-agakov: .*cross-fitted/m);
    expect(stdout).toMatch(/^ {2}~ barber-agakov +0\.\d+ +\+- 0\.\d+ +lower/m);
    expect(stdout).toMatch(/^ {4}kozachenko-leonenko +-?\d/m);
  });

  it("has help for every option and quantity", async () => {
    const command = boundsCommand()
      .exitOverride()
      .configureOutput({ writeOut: () => undefined });
    await expect(command.parseAsync(["--help"], { from: "user" })).rejects.toThrow(/outputHelp/);
    const text = command.helpInformation();
    for (const option of command.options) {
      expect(text).toContain(option.long);
      expect(option.description).not.toBe("");
    }
  });

  it("says what is wrong", async () => {
    const cases: [string[], RegExp][] = [
      [["--dimension", "0"], /whole number of at least 1/],
      [["--classes", "two"], /whole number of at least 1/],
      [["--separation", "far"], /Expected a number/],
      [["--separation", "-1"], /separation of at least 0, found -1/],
      [["--imbalance", "0.5"], /imbalance of at least 1, found 0.5/],
      [["--samples", "20"], /at least 10 points of every class for 5 folds.*Draw more points/],
      [["--nonsense"], /unknown option/],
    ];
    for (const [args, message] of cases) await expect(bounds(...args)).rejects.toThrow(message);
  });
});
