import { execFileSync, spawnSync } from "node:child_process";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { BenchRow } from "../../src/bench/bench";
import { engineInfo } from "../../src/tensor/engine";

const program = path.resolve(__dirname, "..", "..", "dist", "cli", "main.js");

describe.skipIf(engineInfo.backend !== "tensorflow")("igds bench", () => {
  it("times a case and prints its row", () => {
    const args = [
      program,
      "bench",
      "--only",
      "training step, batch 64",
      "--rounds",
      "3",
      "--threads",
      "1",
      "--json",
    ];
    const stdout = execFileSync(process.execPath, args, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
    const { rows, threads } = JSON.parse(stdout) as { rows: BenchRow[]; threads: number };
    expect(threads).toBe(1);
    expect(rows).toHaveLength(1);
    const [{ name, ours_ms, spread, rounds, peak_mib, ...theirs }] = rows as [BenchRow];
    expect([name, rounds]).toEqual(["ConvNet-3 (128) training step, batch 64", 3]);
    expect(Math.min(ours_ms, peak_mib)).toBeGreaterThan(1);
    expect(spread).toBeGreaterThanOrEqual(0);
    expect(new Set(Object.values(theirs))).toEqual(new Set([null])); // nobody asked for PyTorch
  });

  it("says what it does not know", () => {
    const { status, stderr } = spawnSync(process.execPath, [program, "bench", "--only", "no such case"], {
      encoding: "utf8",
    });
    expect(status).toBe(1);
    expect(stderr).toContain('No case has "no such case" in its name.');
  });
});
