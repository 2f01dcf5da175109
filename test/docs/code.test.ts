// The TypeScript of the pages passes the compiler and runs, block after block.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import * as igds from "../../src";
import { compilerFaults, runExample } from "../runExample";
import { blocksOf, pages } from "./pages";

/** Cells of the kernel's own page show, among others, what it refuses: test/kernels runs the like. */
const withCode = pages.filter((page) => page !== "kernels/README.md" && blocksOf(page, "ts").length > 0);
const codeOf = (page: string) => blocksOf(page, "ts").join("\n");
/** Where sampling takes the default of 50 steps on a page, as many are enough to see that it runs. */
const fewSteps = 6;

describe("code of the pages", () => {
  const started = process.cwd();
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "pages-"));
    process.chdir(folder);
    const { train, shape } = await igds.loadDataset("fashion-mnist");
    const some = Array.from({ length: 60 }, (_, i) => i);
    const labels = some.map((i) => i % 2);
    await igds.datasets.writeImages(
      "my-pictures",
      ["cat", "dog"],
      igds.datasets.gather(train, shape, some),
      labels,
    );
  }, 900_000);

  afterAll(async () => {
    process.chdir(started);
    await rm(folder, { recursive: true, force: true });
  });

  afterEach(() => vi.restoreAllMocks());

  it("is on the pages that show how to", () => {
    expect(withCode).toEqual(expect.arrayContaining(["README.md", "docs/add-a-term.md"]));
  });

  it("passes the compiler", () => {
    const modules = new Map(withCode.map((page) => [page.replace(/\W/g, "-"), codeOf(page)]));
    expect(compilerFaults(modules)).toEqual([]);
  }, 300_000);

  it.each(withCode)("runs: %s", { timeout: 600_000 }, async (page) => {
    for (const stream of [process.stdout, process.stderr]) vi.spyOn(stream, "write").mockReturnValue(true);
    for (const method of ["log", "warn"] as const) vi.spyOn(console, method).mockReturnValue();
    const code = codeOf(page).replace(/^import \* as igds from "igds";$/m, "");
    await runExample(code, { igds: { ...igds, open: openWithFewSteps } });
  });
});

async function openWithFewSteps(...args: Parameters<typeof igds.open>): Promise<igds.Distiller> {
  const distiller = await igds.open(...args);
  const start = distiller.start.bind(distiller);
  distiller.start = (options) => start({ steps: fewSteps, ...options });
  return distiller;
}
