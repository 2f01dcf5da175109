// Earlier cells that still matter: later ones import from them, or live with what they declared for all code.

import path from "node:path";
import { areReplaced } from "./augmentations";
import type { CellSource } from "./cellSource";

const specifierPrefix = "#cell-";

interface Kept {
  readonly text: string;
  readonly file: string;
  readonly uses: ReadonlySet<string>;
  /** What it declares for all code, until a later cell does so. */
  augments: readonly string[];
}

export class KeptCells {
  readonly #folder: string;
  /** By specifier. */
  readonly #cells = new Map<string, Kept>();
  readonly #fileOfCell = new Map<string, string>();
  #serial = 0;

  /** @param folder where the cells seem to stand */
  constructor(folder: string) {
    this.#folder = folder;
  }

  get count(): number {
    return this.#cells.size;
  }

  /** Keeps a cell under a specifier of its own, so that later cells can import from it. */
  keep({ text, inserted, extension, augments }: CellSource): string {
    const specifier = `${specifierPrefix}${++this.#serial}`;
    const file = path.join(this.#folder, `${specifier}${extension}`);
    const uses = new Set([...inserted.matchAll(/"(#cell-\d+)"/g)].map(([, used]) => used!));
    for (const older of this.#cells.values()) if (areReplaced(older.augments, augments)) older.augments = [];
    this.#cells.set(specifier, { text, file, uses, augments });
    this.#fileOfCell.set(file, specifier);
    return specifier;
  }

  /** Forgets the cells that none of `needed` depends on and that declare nothing for all code. */
  prune(needed: ReadonlySet<string>): void {
    const reached = new Set<string>();
    const reach = (specifier: string): void => {
      if (reached.has(specifier)) return;
      reached.add(specifier);
      for (const used of this.#cells.get(specifier)?.uses ?? []) reach(used);
    };
    for (const specifier of needed) reach(specifier);
    for (const [specifier, { augments }] of this.#cells) if (augments.length > 0) reach(specifier);
    for (const [specifier, { file }] of this.#cells) {
      if (reached.has(specifier)) continue;
      this.#cells.delete(specifier);
      this.#fileOfCell.delete(file);
    }
  }

  /** The file that a specifier means. */
  fileOf(specifier: string): string | undefined {
    return this.#cells.get(specifier)?.file;
  }

  textOf(file: string): string | undefined {
    const specifier = this.#fileOfCell.get(file);
    return specifier === undefined ? undefined : this.#cells.get(specifier)?.text;
  }

  isFile(file: string): boolean {
    return this.#fileOfCell.has(file);
  }

  /** Files of those that declare something for all code that a cell with `newer` does not declare anew. */
  augmenting(newer: readonly string[]): string[] {
    return [...this.#cells.values()]
      .filter(({ augments }) => augments.length > 0 && !areReplaced(augments, newer))
      .map(({ file }) => file);
  }
}
