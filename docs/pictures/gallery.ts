// Writes docs/gallery.md from the figures' notebooks: picture, claim and verdict of each, as the notebook left them, below a
// table of all claims.
// npm run pictures
import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import sharp from "sharp";
import { type VerdictRecord, verdictMark } from "../../src/notebook/claimRecord";
import { type Chapter, renderChapter } from "../../src/notebook/reportChapter";
import { writeFileAtomic } from "../../src/tensor/atomicFile";
import { claimsTable } from "./claimsTable";

const figures = path.join(__dirname, "..", "..", "notebooks", "figures");

async function main(): Promise<void> {
  const names = (await readdir(figures)).filter((file) => file.endsWith(".ipynb")).sort();
  const chapters = new Map<string, Chapter>();
  for (const file of names) {
    const name = path.basename(file, ".ipynb");
    const chapter = await renderChapter(path.join(figures, file));
    if (chapter.errors > 0)
      throw new Error(`${file} stopped with an error; run it again: npm start -- --only ${name}`);
    chapters.set(name, chapter);
  }
  const verdicts = new Map(
    [...chapters].flatMap(([name, { claim }]) => (claim ? [[name, claim] as const] : [])),
  );
  const parts = [
    "# Gallery",
    "Each figure is a notebook that claims something and says whether what it measured bears it out: ✓ it holds here, " +
      "◐ in part, ? undecided, ✗ it does not hold. Pictures and verdicts are those of the committed notebooks " +
      "(`npm run pictures` takes them from there again); a figure without one has no stored output: " +
      "`npm start -- --only NAME` runs it.",
    "The letters name claims that are read from the abstract of the paper: (a) plain diffusion lacks diversity at low " +
      "IPC; (b) a distilled set must keep both I(X;Y) and H(X|Y); (c) the contextual information that is needed grows " +
      "with IPC; (d) maximising I(X;Y) + β H(X|Y) while sampling, with β by IPC, keeps them; (e) variational estimators " +
      "bound both tightly from below; (f) the guidance plugs into diffusion models without training them again; (g) it " +
      "improves distillation at every IPC; (h) on Tiny ImageNet and subsets of ImageNet, most of all where images are few.",
    await claimsTable(verdicts),
    "A sign is the verdict of the notebook. Where the table counts, or says yes, no or unclear, it asks the stored rows: " +
      "*yes* has its whole 95 % interval above zero, *no* below, *unclear* reaches to both sides. (a) asks no guidance, (b) " +
      "and (c) all methods, (e) the bounds themselves. In the figures *IGDS* has the two terms of the abstract and a set " +
      "term, which is ours ([why](results.md#the-terms-of-igds)); claim (h) is about larger images, which were not computed.",
  ];
  for (const [name, chapter] of chapters) parts.push(...(await entry(name, chapter)));
  await writeFileAtomic(path.join(__dirname, "..", "gallery.md"), `${parts.join("\n\n")}\n`);
}

async function entry(name: string, { title, claim, thumbnail }: Chapter): Promise<string[]> {
  const picture = path.join(__dirname, `${name}.png`);
  if (thumbnail) {
    const small = sharp(thumbnail.png).resize({ width: 720, withoutEnlargement: true });
    await writeFileAtomic(picture, await small.png({ palette: true, compressionLevel: 9 }).toBuffer());
  } else await rm(picture, { force: true });
  return [
    `## [${title}](../notebooks/figures/${name}.ipynb)`,
    ...(claim ? verdictOf(claim) : ["*No stored output.*"]),
    ...(thumbnail ? [`![${titleOf(thumbnail.alt)}](pictures/${name}.png)`] : []),
  ];
}

function verdictOf({ claim, verdict, words, facts }: VerdictRecord): string[] {
  const { sign, words: said } = verdictMark(verdict);
  const { lead, items } = listed(words);
  const given = Object.entries(facts).map(
    ([what, value]) => `${what === "running time" ? "the notebook itself ran" : what}: ${ranges(value)}`,
  );
  return [
    `> ${claim}`,
    `${sign} **${said}.** ${lead}`.trimEnd(),
    ...(items.length > 0 ? [items.map((item) => `- ${item}`).join("\n")] : []),
    ...(given.length > 0 ? [`*${given.join(" · ")}*`] : []),
  ];
}

/** The words of a verdict as a sentence and a list; few of them stay a sentence. */
export function listed(words: string): { lead: string; items: string[] } {
  const parts = words.split("; ");
  if (parts.length < 3) return { lead: words, items: [] };
  const exceptions = "not above: ";
  const [first, second, ...others] = parts as [string, string, ...string[]];
  return second.startsWith(exceptions)
    ? { lead: `${first}; not above:`, items: [second.slice(exceptions.length), ...others] }
    : { lead: "", items: parts };
}

/** A list of whole numbers with "0-19" for three or more in a row; any other text as it is. */
export function ranges(text: string): string {
  if (!/^\d+(, \d+)+$/.test(text)) return text;
  const rows: number[][] = [];
  for (const value of text.split(", ").map(Number)) {
    const last = rows.at(-1);
    if (last && value === last.at(-1)! + 1) last.push(value);
    else rows.push([value]);
  }
  return rows.map((row) => (row.length > 2 ? `${row[0]}-${row.at(-1)}` : row.join(", "))).join(", ");
}

/** The title of a figure whose description is "Figure: title (names of the series)". */
export function titleOf(description: string): string {
  const text = description.replace(/^Figure: /, "");
  let open = 0;
  for (let at = text.length - 1; text.endsWith(")") && at >= 0; at--) {
    open += text[at] === ")" ? 1 : text[at] === "(" ? -1 : 0;
    if (open === 0) return text.slice(0, at).trimEnd().replace(/[[\]]/g, "");
  }
  return text.replace(/[[\]]/g, "");
}

if (require.main === module) main();
