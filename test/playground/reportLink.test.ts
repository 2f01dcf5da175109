import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { linkReport, withReport } from "../../src/playground/reportLink";
import { temporaryFolder } from "../temporaryFolder";

const template = path.resolve(__dirname, "..", "..", "src", "playground", "page", "page.html");

describe("the playground's link to the report", () => {
  it("is not there until there is a report", async () => {
    const page = await readFile(template, "utf8");
    expect(page).not.toContain("<a ");
    expect(withReport(page, "my report.html")).toContain('<a href="my%20report.html">The report</a>');
  });

  it("is set in a playground that is written already, once", async () => {
    const file = path.join(await temporaryFolder(), "playground.html");
    await linkReport(file, "index.html");
    await writeFile(file, await readFile(template));
    await linkReport(file, "index.html");
    const linked = await readFile(file, "utf8");
    expect(linked).toContain('<a href="index.html">The report</a>');
    await linkReport(file, "other.html");
    expect(await readFile(file, "utf8")).toBe(linked);
  });
});
