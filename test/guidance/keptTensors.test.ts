// Tensors that are kept for the next time.
import { readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { keptTensors } from "../../src/guidance/keptTensors";
import { temporaryFolder } from "../temporaryFolder";

afterEach(() => vi.unstubAllEnvs());

const tensors = new Map([["a", { shape: [2], data: Float32Array.of(1, 2) }]]);

it("are there as soon as they are written, under what they were computed from, with nothing beside them", async () => {
  const folder = await temporaryFolder();
  vi.stubEnv("IGDS_DATA", folder);
  const file = keptTensors("kept", ["from these"]);
  expect(file.read()).toBeNull();
  file.write(tensors);
  expect([...(file.read()?.get("a")?.data ?? [])]).toEqual([1, 2]);
  expect(keptTensors("kept", ["from others"]).read()).toBeNull();
  expect(readdirSync(path.join(folder, "kept"))).toEqual([
    expect.stringMatching(/^[0-9a-f]{16}\.safetensors$/),
  ]);
});

it("are computed again next time where nothing can be written", async () => {
  const noFolder = path.join(await temporaryFolder(), "file");
  writeFileSync(noFolder, "");
  vi.stubEnv("IGDS_DATA", noFolder);
  const file = keptTensors("kept", ["from these"]);
  file.write(tensors);
  expect(file.read()).toBeNull();
});
