// Notebooks for tests, as a front end would write them.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";

/** Source of a code cell, or with its tags. */
export type TestCell = string | { readonly source: string; readonly tags: readonly string[] };

const ours = { name: "igds", display_name: "TypeScript (IGDS)" };

/** Writes a notebook of code cells, for the project's kernel unless another is named. */
export function writeNotebook(
  file: string,
  cells: readonly TestCell[],
  kernel: { readonly name: string; readonly display_name: string } = ours,
): void {
  const notebook = {
    cells: cells.map((cell, i) => {
      const { source, tags } = typeof cell === "string" ? { source: cell, tags: [] } : cell;
      return {
        id: `cell-${i}`,
        cell_type: "code",
        execution_count: null,
        metadata: tags.length > 0 ? { tags } : {},
        outputs: [],
        source,
      };
    }),
    metadata: {
      kernelspec: { ...kernel, language: "typescript" },
      language_info: { name: "typescript" },
    },
    nbformat: 4,
    nbformat_minor: 5,
  };
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(notebook));
}
