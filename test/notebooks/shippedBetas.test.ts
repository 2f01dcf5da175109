// beta*(IPC) of the shipped U-Net, found once and shipped beside it: still those of the default settings, models and images.
import { readFile } from "node:fs/promises";
import { expect, it, vi } from "vitest";
import { betaCurve, tableFile } from "../../src/distill/betaPilot";
import { open } from "../../src/distill/open";

it("are found in their table, without a pilot", async () => {
  const distiller = await open("fashion-mnist");
  const table = tableFile(distiller)!;
  const before = await readFile(table, "utf8");
  const pilot = vi.spyOn(distiller, "start").mockImplementation(() => {
    throw new Error(
      `${table} is of other settings: delete it, run igds.betaCurve(distiller, [5, 10, 20, 50]).`,
    );
  });
  const found = await betaCurve(distiller, [5, 10, 20, 50], { method: "igds" });
  expect(pilot).not.toHaveBeenCalled();
  expect(await readFile(table, "utf8")).toBe(before);
  for (const { ipc, reached, target } of found) {
    expect(reached, `IPC ${ipc}`).toBe(true);
    expect(target).toBeLessThan(Math.log(ipc));
  }
  distiller.dispose();
});
