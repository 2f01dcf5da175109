// Which names earlier cells declared, and how the compiler is told about them.
//
// Each cell is a module of its own. A cell that uses a name of an earlier one gets it by a line that the reader
// never sees: an import where the name cannot be assigned to, an ambient declaration of the same type where it can.
// So every name keeps the exact type that it has in its own cell, and the newest declaration of a name wins.

import type { Declarations } from "./declarations";

/** Where a name's value or type was declared last. */
interface Origin {
  readonly file: string;
  /** Declared by `let` or `var`: later cells may assign to it. */
  readonly mutable: boolean;
  /** The declaration gives both a value and a type (a class, an enum), which cannot be taken apart. */
  readonly both: boolean;
  /** The type is exported under a second name that has no value, see `apart`. */
  readonly apart: boolean;
}

interface Entry {
  value?: Origin;
  type?: Origin;
}

export interface Meaning {
  readonly value: boolean;
  readonly type: boolean;
  readonly mutable: boolean;
  readonly both: boolean;
  /** By an import: nothing that the name meant before stays. */
  readonly imported: boolean;
  readonly apart: boolean;
}

/**
 * The name under which a cell exports its type `name` once more where an earlier cell gives `name` a value: whoever
 * imports by the name itself gets both, which may not stand beside a declaration of that value.
 */
export const typeApart = (name: string) => `__type_${name}`;

export class Names {
  readonly #entries = new Map<string, Entry>();

  get all(): Iterable<string> {
    return this.#entries.keys();
  }

  /** From now on `name` means what the module `file` says; other meanings of the name stay. */
  set(name: string, file: string, meaning: Meaning): void {
    const { mutable, both, apart } = meaning;
    const origin = { file, mutable, both, apart };
    const before = this.#entries.get(name) ?? {};
    const kept = meaning.imported || (meaning.value && before.type?.both) ? {} : before;
    this.#entries.set(name, {
      ...kept,
      ...(meaning.value ? { value: origin } : {}),
      ...(meaning.type ? { type: origin } : {}),
    });
  }

  /** Modules that some name still points to. */
  files(): Set<string> {
    const files = [...this.#entries.values()].flatMap(({ value, type }) => [value?.file, type?.file]);
    return new Set(files.filter((file) => file !== undefined));
  }

  /** Declarations, on one line, of those of `used` that the cell does not declare itself. */
  header(used: Iterable<string>, declared: Declarations): string {
    const imports = new Map<string, string[]>();
    const statements: string[] = [];
    const importFrom = (file: string, name: string) =>
      imports.set(file, [...(imports.get(file) ?? []), name]);
    for (const name of used) {
      const entry = this.#entries.get(name);
      if (!entry) continue;
      const here = declared.get(name);
      const value = here?.value || here?.imported ? undefined : entry.value;
      const type = here?.type || (here?.value && entry.type?.both) ? undefined : entry.type;
      if (value && here?.type) {
        const { declared, used } = here.parameters;
        statements.push(`export declare type ${typeApart(name)}${declared} = ${name}${used};`);
      }
      if (value && !value.mutable && (value.both ? type === value : !type)) {
        importFrom(value.file, name);
        continue;
      }
      if (value) {
        const keyword = value.mutable ? "let" : "const";
        statements.push(`declare ${keyword} ${name}: typeof import("${value.file}").${name};`);
      }
      if (type) importFrom(type.file, type.apart ? `type ${typeApart(name)} as ${name}` : `type ${name}`);
    }
    for (const [file, names] of imports) statements.push(`import { ${names.join(", ")} } from "${file}";`);
    return statements.join(" ");
  }
}
