// Every exported function and class has an example, and the examples run as they stand in the documentation.
import { readFileSync } from "node:fs";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import ts from "typescript";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import * as igds from "../src";
import { compilerFaults, runExample } from "./runExample";

const root = path.resolve(__dirname, "..");

interface Exported {
  readonly name: string;
  /** Null for what needs none: types and values that are not called. */
  readonly examples: readonly string[] | null;
}

/** What `preamble` adds to the exported names (docs/README.md tells readers), with the types that it has. */
const given = {
  distiller: "igds.Distiller",
  dataset: "igds.Dataset",
  denoiser: "igds.Denoiser",
  run: "igds.Run<igds.StartOptions>",
  images: "igds.ImageBatch",
  labels: "number[]",
  set: "igds.LabelledSet",
  heldOut: "igds.ImageBatch",
  reference: "igds.ReferenceClassifier",
} as const;

describe("the examples of what src/index.ts exports", () => {
  const exported = exportsWithExamples();
  const all = exported.flatMap(({ name, examples }) => (examples ? [{ name, examples }] : []));
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
    const names = exported.map(({ name }) => name).join(", ");
    const declared = Object.entries(given).map(([name, type]) => `declare const ${name}: ${type};`);
    const head = ['import * as igds from "igds";', `import { ${names} } from "igds";`, ...declared].join(
      "\n",
    );
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
  const { heldOut } = igds.developmentSplit(dataset);
  const run = distiller.start({ classes: ["Dress", "Sandal"], ipc: 2, steps: 5 });
  const images = await run.finish();
  const labels = [3, 3, 5, 5];
  const real = Array.from({ length: 20 }, (_, i) => heldOut[i * 100]!);
  // Somebody's own pictures: folders of two classes.
  const own = Array.from({ length: 40 }, (_, i) => i);
  const pictures = igds.gather(dataset.train, dataset.shape, own);
  await igds.writeImages(
    "my-pictures",
    ["cat", "dog"],
    pictures,
    own.map((i) => i % 2),
  );
  return {
    ...igds,
    igds,
    distiller,
    dataset,
    denoiser,
    run,
    images,
    labels,
    set: {
      images: igds.gather(dataset.train, dataset.shape, real),
      labels: igds.gatherLabels(dataset.train, real),
    },
    heldOut: igds.gather(dataset.train, dataset.shape, heldOut.slice(0, 60)),
    reference: await igds.loadReferenceClassifier(dataset),
  };
}

function exportsWithExamples(): Exported[] {
  const { config } = ts.readConfigFile(path.join(root, "tsconfig.json"), (file) =>
    readFileSync(file, "utf8"),
  );
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const program = ts.createProgram([path.join(root, "src", "index.ts")], {
    ...options,
    noLib: true,
    types: [],
  });
  const checker = program.getTypeChecker();
  const door = checker.getSymbolAtLocation(program.getSourceFile(path.join(root, "src", "index.ts"))!)!;
  return checker.getExportsOfModule(door).map((exported) => {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    const { name } = exported;
    if (!(symbol.flags & (ts.SymbolFlags.Function | ts.SymbolFlags.Class))) return { name, examples: null };
    const tags = symbol.getJsDocTags(checker).filter(({ name }) => name === "example");
    return { name, examples: tags.map(({ text }) => ts.displayPartsToString(text)) };
  });
}
