// CITATION.cff names this version and the paper, as the README does.
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { root } from "./pages";

const read = (file: string) => readFileSync(path.join(root, file), "utf8");

it("CITATION.cff agrees with package.json and the README", () => {
  const citation = read("CITATION.cff");
  const { version, license, author } = JSON.parse(read("package.json")) as Record<string, string>;
  // Plain lines of a mapping: what a reader of YAML takes apart. A colon within a value would start another mapping.
  for (const line of citation.trimEnd().split("\n"))
    expect(line).toMatch(/^ *(- )?([a-z-]+:( [^"'#&*![\]{}|>%@`]((?!: | #).)*)?|[a-z ]+)$/);
  const fieldAtTop = (key: string) => new RegExp(`^${key}: (.+)$`, "m").exec(citation)?.[1];
  expect(fieldAtTop("cff-version")).toBe("1.2.0");
  expect(fieldAtTop("title")).toBe("IGDS for Jupyter");
  expect(fieldAtTop("version")).toBe(version);
  expect(fieldAtTop("license")).toBe(license);
  expect(/^authors:\n {2}- name: (.+)$/m.exec(citation)?.[1]).toBe(author);

  const [, bibtex] = /^```bibtex\n([\s\S]*?)^```$/m.exec(read("README.md"))!;
  const [, paper] = citation.split("\npreferred-citation:\n");
  const fieldOf = (name: string) => new RegExp(`^ *${name} += \\{(.*)\\},?$`, "m").exec(bibtex!)?.[1];
  const people = [...paper!.matchAll(/family-names: (.+)\n +given-names: (.+)/g)];
  expect(people.map(([, family, given]) => `${family}, ${given}`).join(" and ")).toBe(fieldOf("author"));
  for (const [key, name] of [
    ["title", "title"],
    ["year", "year"],
    ["collection-title", "booktitle"],
  ] as const)
    expect(new RegExp(`^ {2}${key}: (.+)$`, "m").exec(paper!)?.[1]).toBe(fieldOf(name));
  expect(paper).toContain(`value: ${fieldOf("note")}`);
});
