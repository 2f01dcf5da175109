// What a worker makes of a cell that it cannot do.
import { describe, expect, it } from "vitest";
import { libraryVersion } from "../../src/distill/manifest";
import { cellsOf, plainVariant } from "../../src/experiment/cell";
import { Models } from "../../src/experiment/models";
import { cellWorker } from "../../src/queue/cellWork";
import { Refusal } from "../../src/queue/runFile";

const [cell] = cellsOf({
  variants: [plainVariant("diffusion")],
  ipcs: [1],
  seeds: [0],
  trainings: [0],
  protocol: "mlp",
  steps: 4,
});
const job = {
  kind: "cell",
  what: "score",
  key: "0123456789abcdef",
  igds: libraryVersion(),
  profile: "quick",
  cell,
};

describe("a cell's worker", () => {
  it.each([
    ["dataset", async () => Promise.reject(new Error("no such folder")), /models of profile quick: no such/],
    ["weights", async () => new Models({ denoiser: "/nowhere.safetensors" }), /weights of the cell: /],
  ])("refuses where it lacks the %s: others may have it", async (_, models, message) => {
    const working = cellWorker({ sets: "unused", models })(job);
    await expect(working).rejects.toThrow(Refusal);
    await expect(working).rejects.toThrow(message);
  });

  it("does not refuse settings that are none: no other worker can do them", async () => {
    const options = { method: "diffusion", steps: -1 };
    const damaged = { ...job, cell: { ...cell, variant: { ...cell.variant, options } } };
    const working = cellWorker({ sets: "unused", models: async () => new Models() })(damaged);
    await expect(working).rejects.not.toThrow(Refusal);
    await expect(working).rejects.toThrow(/steps/);
  });
});
