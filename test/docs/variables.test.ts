// The table of environment variables has those that the sources read, and no others.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { root } from "./pages";

/** Not in data and pages, which may tell of them. */
const source = /\.(ts|mjs|py|cc|h|js|json)$/;

function variablesOfSources(): string[] {
  const files = ["src", "kernels"].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => source.test(name))
      .map((name) => path.join(folder, name)),
  );
  const texts = [...files, "compose.yaml"].map((file) => readFileSync(path.join(root, file), "utf8"));
  return [...new Set(texts.flatMap((text) => text.match(/\bIGDS_[A-Z_]+\b/g) ?? []))].sort();
}

it("environment.md has every variable of the sources", () => {
  const [, section] = readFileSync(path.join(root, "environment.md"), "utf8").split("\n## Variables\n");
  const rows = [...section!.split("\n## ")[0]!.matchAll(/^\| `([A-Z_]+)` \| (.+) \|$/gm)];
  const names = rows.map(([, name]) => name!);
  const found = variablesOfSources();
  expect(found).toContain("IGDS_BACKEND");
  expect(names.filter((name) => name.startsWith("IGDS_"))).toEqual(found);
  expect(names).toContain("TF_ENABLE_ONEDNN_OPTS");
});
