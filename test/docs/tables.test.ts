import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { tablePages, withTables } from "../../docs/pictures/tables";
import { root } from "./pages";

describe("tables of accuracy", () => {
  it.each(tablePages)("%s has what the stored rows say", async (page) => {
    const text = readFileSync(path.join(root, page), "utf8");
    expect(text).toMatch(/<!-- accuracy: IPC [^>]+ -->\n\|/);
    // `npm run pictures` writes them anew.
    expect(await withTables(page)).toBe(text);
  });
});
