import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { cache } from "../../src/setup/paths.mjs";

const environment = async () =>
  (await import("../../src/setup/jupyterEnvironment.mjs")).jupyterEnvironment as NodeJS.ProcessEnv;

beforeEach(() => vi.resetModules());
afterEach(() => vi.unstubAllEnvs());

it("keeps what Jupyter and its kernel write out of the home folder", async () => {
  vi.stubEnv("IGDS_KERNEL_HISTORY", undefined);
  const found = await environment();
  for (const name of ["JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IGDS_KERNEL_HISTORY"])
    expect(found[name]?.startsWith(cache)).toBe(true);
});

it("leaves the history where its user wants it", async () => {
  vi.stubEnv("IGDS_KERNEL_HISTORY", "/elsewhere/history.jsonl");
  expect((await environment()).IGDS_KERNEL_HISTORY).toBe("/elsewhere/history.jsonl");
});
