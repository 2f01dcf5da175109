// What examples say of their values, as in `igds.betaOfIpc(10); // 2`, is so: to the digits that are written. Those that take
// nothing as given but the library are run here; that all of them run is looked at in examples.test.ts.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import * as igds from "../src";

const source = path.resolve(__dirname, "..", "src");
/** What other examples take as given, or read from files. */
const GIVEN =
  /\b(distiller|dataset|denoiser|run|images|labels|set|heldOut|reference|autoencoder|pictures|open|load\w*|dit-small)\b(?!:)/;
const VALUE = /^ \/\/ (-?\d[\d.]*|\[[-\d., ]+\])(?=$|\n|[:,] )/;

interface Example {
  readonly file: string;
  /** Gives the values that are told of, in their order. */
  readonly code: string;
  readonly told: readonly string[];
}

function examples(): Example[] {
  const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".ts"),
  );
  return files.sort().flatMap((file) => {
    const text = readFileSync(path.join(source, file), "utf8");
    const blocks = text.matchAll(/^ *\* @example ?((?:.*\n)(?: *\*(?!\/| @).*\n)*)/gm);
    return [...blocks].flatMap(([, block]) => {
      const example = block!.replaceAll(/^ *\* ?/gm, "").replace(/ \*\/\s*$/, "");
      const found = withValues(example);
      return example.includes("igds.") && !GIVEN.test(example) && found.told.length > 0
        ? [{ file: file.replaceAll(path.sep, "/"), ...found }]
        : [];
    });
  });
}

/** The example with each value that a comment tells of put into `found`. */
function withValues(example: string): { code: string; told: string[] } {
  const parsed = ts.createSourceFile("example.ts", example, ts.ScriptTarget.Latest, true);
  const told: string[] = [];
  const lines = parsed.statements.map((statement) => {
    const [, value] = VALUE.exec(example.slice(statement.end)) ?? [];
    if (!value || !ts.isExpressionStatement(statement)) return statement.getText();
    told.push(value);
    return `found.push(${statement.expression.getText().replace(/\.print\(\)$/, "")});`;
  });
  return { code: lines.join("\n"), told };
}

/** Of an interval its mean. */
function numbersOf(value: unknown): number[] {
  if (value instanceof igds.tf.Tensor) return [...value.dataSync()];
  if (typeof value === "object" && value && "ci95" in value)
    return [(value as igds.evaluate.MeanInterval).mean];
  return typeof value === "number" ? [value] : Array.from(value as ArrayLike<number>);
}

describe("the values in the comments of examples", () => {
  const all = examples();

  it("are found", () => {
    expect(all.flatMap(({ told }) => told).length).toBeGreaterThan(15);
  });

  it.each(all)("are so in $file: $told", async ({ code, told }) => {
    const { outputText } = ts.transpileModule(`async () => { ${code}\n}`, {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.None },
    });
    const found: unknown[] = [];
    const body = outputText.trim().replace(/;$/, "");
    const work = new Function("igds", "found", `return (${body})();`) as (
      ...given: unknown[]
    ) => Promise<void>;
    await work(igds, found);
    expect(found).toHaveLength(told.length);
    told.forEach((text, i) => {
      const written = text.match(/-?\d+(\.\d+)?/g)!;
      const values = numbersOf(found[i]);
      expect(values, text).toHaveLength(written.length);
      written.forEach((digits, k) => {
        const last = 10 ** -(digits.split(".")[1]?.length ?? 0);
        expect(Math.abs(values[k]! - Number(digits)), `${values[k]} for ${digits}`).toBeLessThan(
          0.5001 * last,
        );
      });
    });
  });
});
