// Every exported function and class has an example, and the examples run as they stand in the documentation.
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import ts from "typescript";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import * as igds from "../src";
import { publicNames } from "./publicDoor";
import { compilerFaults, runExample } from "./runExample";

const root = path.resolve(__dirname, "..");

/** A function or class behind the public door. */
interface Exported {
  /** As a cell writes it after `igds.`. */
  readonly name: string;
  readonly examples: readonly string[];
}

/** What `preamble` adds to `igds` (docs/README.md tells readers), with the types that it has. */
const given = {
  distiller: "igds.Distiller",
  dataset: "igds.Dataset",
  denoiser: "igds.diffusion.Denoiser",
  run: "igds.Run<igds.StartOptions>",
  images: "igds.ImageBatch",
  labels: "number[]",
  set: "igds.LabelledSet",
  heldOut: "igds.ImageBatch",
  reference: "igds.evaluate.ReferenceClassifier",
} as const;

describe("the examples of what src/index.ts exports", () => {
  const all = exportsWithExamples();
  const started = process.cwd();
  let scope: Record<string, unknown>;
  let folder: string;

  beforeAll(async () => {
    // Examples write files where they are.
    folder = await mkdtemp(path.join(tmpdir(), "examples-"));
    process.chdir(folder);
    await symlink(path.join(root, "notebooks"), "notebooks");
    for (const folder of ["dit-small", "unet2d-small"])
      await symlink(path.join(root, "test", "fixtures", folder), folder);
    scope = await preamble();
  }, 900_000);

  afterAll(async () => {
    process.chdir(started);
    await rm(folder, { recursive: true, force: true });
  });

  afterEach(() => vi.restoreAllMocks());

  it("are there for every function and class", () => {
    expect(all.length).toBeGreaterThan(100);
    expect(all.filter(({ examples }) => examples.length === 0).map(({ name }) => name)).toEqual([]);
  });

  it("pass the compiler", () => {
    const declared = Object.entries(given).map(([name, type]) => `declare const ${name}: ${type};`);
    const head = ['import * as igds from "igds";', ...declared].join("\n");
    const modules = all.flatMap(({ name, examples }, place) =>
      examples.map((example, i): [string, string] => [
        // Names that differ in case alone would be one file to the compiler.
        `${place}-${i}-${name}`,
        `${head}\nexport async function example() {\n${example}\n}`,
      ]),
    );
    expect(compilerFaults(new Map(modules))).toEqual([]);
  }, 600_000);

  it.each(all.filter(({ examples }) => examples.length > 0))(
    "$name",
    { timeout: 600_000 },
    async ({ examples }) => {
      for (const stream of [process.stdout, process.stderr]) vi.spyOn(stream, "write").mockReturnValue(true);
      for (const method of ["log", "warn"] as const) vi.spyOn(console, method).mockReturnValue();
      for (const example of examples) {
        try {
          await runExample(example, scope);
        } catch (error) {
          throw new Error(`${example}\n\n${error instanceof Error ? error.stack : error}`);
        }
      }
    },
  );
});

/** What the examples take as given: the shipped models, a few images, a finished run. */
async function preamble(): Promise<Record<string, unknown> & Record<keyof typeof given, unknown>> {
  const distiller = await igds.open("fashion-mnist");
  const { dataset, denoiser } = distiller;
  const { heldOut } = igds.datasets.developmentSplit(dataset);
  const run = distiller.start({ classes: ["Dress", "Sandal"], ipc: 2, steps: 5 });
  const images = await run.finish();
  const labels = [3, 3, 5, 5];
  const real = Array.from({ length: 20 }, (_, i) => heldOut[i * 100]!);
  // Somebody's own pictures: folders of two classes.
  const own = Array.from({ length: 40 }, (_, i) => i);
  const pictures = igds.datasets.gather(dataset.train, dataset.shape, own);
  await igds.datasets.writeImages(
    "my-pictures",
    ["cat", "dog"],
    pictures,
    own.map((i) => i % 2),
  );
  return {
    igds,
    distiller,
    dataset,
    denoiser,
    run,
    images,
    labels,
    set: {
      images: igds.datasets.gather(dataset.train, dataset.shape, real),
      labels: igds.datasets.gatherLabels(dataset.train, real),
    },
    heldOut: igds.datasets.gather(dataset.train, dataset.shape, heldOut.slice(0, 60)),
    reference: await igds.evaluate.loadReferenceClassifier(dataset),
  };
}

/** Types, and values that are not called, need no example. */
function exportsWithExamples(): Exported[] {
  const { names, checker } = publicNames();
  return names
    .filter(({ symbol }) => symbol.flags & (ts.SymbolFlags.Function | ts.SymbolFlags.Class))
    .map(({ name, symbol }) => {
      const tags = symbol.getJsDocTags(checker).filter((tag) => tag.name === "example");
      return { name, examples: tags.map(({ text }) => ts.displayPartsToString(text)) };
    });
}
