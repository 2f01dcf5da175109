import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { verifyCommand } from "../../src/cli/verify";
import type { Parity } from "../../src/diffusion/parity/parity";
import { readSafetensors, writeSafetensors } from "../../src/nn/safetensors";
import { runCommand } from "./runCommand";

const fixture = path.join(__dirname, "..", "fixtures", "dit-small");

const verify = (...args: string[]) => runCommand(verifyCommand(), ...args);

afterEach(() => vi.restoreAllMocks());

describe("igds verify", () => {
  it("finds every check of the fixture within the bound", async () => {
    const { stdout, code, stderr } = await verify(
      fixture,
      "--expected",
      path.join(fixture, "expected.safetensors"),
      "--json",
    );
    const result = JSON.parse(stdout) as Parity;
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(result).toMatchObject({ passed: true, unknown: [] });
    const names = result.checks.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        "forward",
        "forward_diffusers",
        "forward_cfg4",
        "ddpm10_out",
        "ddpm10_timesteps",
        "ddim10_out",
        "ddim10_timesteps",
        "vae_mean",
        "vae_logvar",
        "vae_decode",
        ...["ddim", "ddpm", "euler", "heun", "dpmpp2m"].flatMap((name) => [
          `sched_${name}_timesteps`,
          `sched_${name}_x`,
        ]),
      ]),
    );
    expect(names).toHaveLength(20);
    for (const { name, difference, largest } of result.checks) {
      // Only the sampling of untrained weights leaves the range in which float32 is exact to 1e-4.
      if (!/^dd.m10_out$/.test(name)) expect(difference, name).toBeLessThan(1e-4);
      expect(difference! / Math.max(1, largest!), name).toBeLessThan(1e-5);
    }
    const forward = result.checks.find(({ name }) => name === "forward");
    expect(Object.keys(forward!.files!)).toEqual(["dit.pt", "dit.safetensors"]);
  });

  it("takes sizes from the files: a DiT of other patches, width, heads, MLP and channels", async () => {
    const { stdout, code } = await verify(path.join(fixture, "..", "dit-odd"), "--json");
    const { checks, passed } = JSON.parse(stdout) as Parity;
    expect({ code, passed, names: checks.map(({ name }) => name) }).toEqual({
      code: 0,
      passed: true,
      names: ["forward"],
    });
    expect(checks[0]!.difference).toBeLessThan(3e-5);
  });

  it("prints a line for each check without --json", async () => {
    const { stdout } = await verify(fixture);
    expect(stdout).toMatch(
      /^ok {6}forward +\d\.\de-\d of values up to 2\.83 \(dit\.pt, dit\.safetensors\)$/m,
    );
    expect(stdout.trim().split("\n")).toHaveLength(20);
  });

  describe("of a fixture that is not right", () => {
    let folder: string;
    beforeEach(async () => {
      folder = await mkdtemp(path.join(tmpdir(), "verify-"));
    });
    afterEach(() => rm(folder, { recursive: true, force: true }));

    /** A file with the named tensors of the fixture's, and changed ones. */
    async function expectedWith(
      names: readonly string[],
      change: (name: string, data: Float32Array) => Float32Array = (_, data) => data,
      more: Record<string, number> = {},
    ): Promise<string> {
      const { tensors } = await readSafetensors(path.join(fixture, "expected.safetensors"));
      const kept = new Map<string, { shape: readonly number[]; data: Float32Array }>();
      for (const name of names) {
        const { shape, data } = tensors.get(name)!;
        kept.set(name, { shape, data: change(name, Float32Array.from(data as ArrayLike<number>, Number)) });
      }
      for (const [name, value] of Object.entries(more))
        kept.set(name, { shape: [1], data: Float32Array.of(value) });
      const file = path.join(folder, "other.safetensors");
      await writeSafetensors(file, kept);
      return file;
    }

    it("fails where a value is off, and says by how much", async () => {
      const file = await expectedWith(["vae_z", "vae_decode"], (name, data) =>
        name === "vae_decode" ? data.map((value, i) => (i === 9 ? value + 0.001 : value)) : data,
      );
      const { code, stdout, stderr } = await verify(fixture, "--expected", file);
      expect(code).toBe(1);
      expect(stdout).toMatch(/^failed {2}vae_decode +1\.0e-3/);
      expect(stderr).toMatch(/^igds: vae_decode is off by 1\.\d+e-3, more than 1\.00e-4$/m);
    });

    it("fails where a value is not a number", async () => {
      const file = await expectedWith(["sched_euler_timesteps", "sched_euler_x"], (name, data) =>
        name === "sched_euler_x" ? data.map((value, i) => (i === 80 ? Number.NaN : value)) : data,
      );
      const { code, stderr } = await verify(fixture, "--expected", file);
      expect(code).toBe(1);
      expect(stderr).toMatch(/sched_euler_x: Value 80 is .*, expected NaN/);
    });

    it("fails at a name that it does not know", async () => {
      const file = await expectedWith(["vae_z", "vae_decode"], undefined, { vae_colour: 3 });
      const { code, stderr, stdout } = await verify(fixture, "--expected", file, "--json");
      expect(code).toBe(1);
      expect(JSON.parse(stdout)).toMatchObject({ passed: false, unknown: ["vae_colour"] });
      expect(stderr).toContain('holds "vae_colour", which no check knows');
    });

    it("says what is missing, check by check, and goes on", async () => {
      await cp(path.join(fixture, "diffusers", "vae"), path.join(folder, "vae"), { recursive: true });
      await writeFile(path.join(folder, "config.json"), "{");
      const file = await expectedWith(["vae_z", "vae_decode", "vae_mean", "forward"]);
      const { code, stdout } = await verify(folder, "--expected", file, "--json");
      const { checks } = JSON.parse(stdout) as Parity;
      expect(code).toBe(1);
      const errors = Object.fromEntries(checks.map(({ name, error }) => [name, error ?? null]));
      expect(errors.vae_decode).toBeNull();
      expect(errors.vae_mean).toMatch(/lacks the tensor "vae_image"/);
      expect(errors.forward).toMatch(/no weight file with a DiT in the original layout/);
    });

    it("needs a file of expected tensors", async () => {
      await expect(verify(folder)).rejects.toThrow(/expected\.safetensors/);
    });
  });
});
