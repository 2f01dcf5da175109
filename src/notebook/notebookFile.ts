// The parts of an .ipynb file (nbformat 4) that a report needs.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import type { MimeBundle } from "./mime";

/** Text as nbformat stores it: one string or its lines. */
type Text = string | readonly string[];

export type Output =
  | { readonly output_type: "stream"; readonly name: string; readonly text: Text }
  | { readonly output_type: "display_data" | "execute_result"; readonly data: MimeBundle }
  | {
      readonly output_type: "error";
      readonly ename: string;
      readonly evalue: string;
      readonly traceback: readonly string[];
    };

export interface NotebookCell {
  readonly cell_type: "markdown" | "code" | "raw";
  readonly source: Text;
  readonly execution_count?: number | null;
  readonly outputs?: readonly Output[];
  readonly attachments?: Readonly<Record<string, MimeBundle>>;
  readonly metadata?: {
    readonly tags?: readonly string[];
    readonly execution?: Readonly<Record<string, string>>;
  };
}

export interface Notebook {
  readonly cells: readonly NotebookCell[];
}

const textSchema = z.union([z.string(), z.array(z.string())]);
const bundleSchema = z.record(z.string(), z.unknown());
const cellSchema = z.looseObject({
  cell_type: z.enum(["markdown", "code", "raw"]),
  source: textSchema,
  outputs: z
    .array(
      z.discriminatedUnion("output_type", [
        z.looseObject({ output_type: z.literal("stream"), name: z.string(), text: textSchema }),
        z.looseObject({ output_type: z.enum(["display_data", "execute_result"]), data: bundleSchema }),
        z.looseObject({
          output_type: z.literal("error"),
          ename: z.string(),
          evalue: z.string(),
          traceback: z.array(z.string()),
        }),
      ]),
    )
    .optional(),
  attachments: z.record(z.string(), bundleSchema).optional(),
  metadata: z
    .looseObject({
      tags: z.array(z.string()).optional(),
      execution: z.record(z.string(), z.string()).optional(),
    })
    .optional(),
});

/** Text as one string. */
export function joined(text: unknown): string {
  return Array.isArray(text) ? text.join("") : String(text ?? "");
}

/**
 * Reads a notebook.
 * @throws Error if there is no such file or it is not an nbformat 4 notebook
 */
export async function readNotebook(file: string): Promise<Notebook> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new Error(`No notebook at ${path.resolve(file)} (${error.code}); run the notebooks first.`);
  });
  let notebook: { nbformat?: number; cells?: unknown };
  try {
    notebook = JSON.parse(text) as typeof notebook;
  } catch (error) {
    throw new Error(`${file} is not a notebook: expected JSON, found ${(error as Error).message}.`);
  }
  if (notebook === null || notebook.nbformat !== 4 || !Array.isArray(notebook.cells)) {
    throw new Error(
      `${file}: expected a notebook of format 4 with a list of cells, found format ${notebook?.nbformat}; ` +
        "open and save it in JupyterLab to convert it.",
    );
  }
  notebook.cells.forEach((cell, i) => {
    const result = cellSchema.safeParse(cell);
    if (result.success) return;
    const [{ path: place, message } = { path: [], message: "" }] = result.error.issues;
    throw new Error(
      `${file}, cell ${i + 1}: expected a cell as Jupyter writes it, found ${place.join(".") || "none"}: ${message}. ` +
        "Run the notebook again.",
    );
  });
  return notebook as unknown as Notebook;
}

/** Seconds from the first cell's start to the last cell's end; undefined if the times were not recorded. */
export function runSeconds(notebook: Notebook): number | undefined {
  const times = notebook.cells.flatMap(({ metadata }) =>
    Object.values(metadata?.execution ?? {}).map(Date.parse),
  );
  const known = times.filter(Number.isFinite);
  return known.length < 2 ? undefined : (Math.max(...known) - Math.min(...known)) / 1000;
}
