// Writes docs/gallery.md from the figures' notebooks: picture, claim and verdict of each, as the notebook left them.
// npm run pictures
import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import sharp from "sharp";
import { type VerdictRecord, verdictMark } from "../../src/notebook/claimRecord";
import { renderChapter } from "../../src/notebook/reportChapter";
import { writeFileAtomic } from "../../src/tensor/atomicFile";

const figures = path.join(__dirname, "..", "..", "notebooks", "figures");

async function main(): Promise<void> {
  const parts = [
    "# Gallery",
    "Each figure is a notebook that claims something and says whether what it measured bears it out. Pictures and " +
      "verdicts are those of the committed notebooks (`npm run pictures` takes them from there again); a figure " +
      "without one has no stored output: `npm start -- --only NAME` runs it.",
    "The letters name claims that are read from the abstract of the paper: (a) plain diffusion lacks diversity at low " +
      "IPC; (b) a distilled set must keep both I(X;Y) and H(X|Y); (c) the contextual information that is needed grows " +
      "with IPC; (d) maximising I(X;Y) + β H(X|Y) while sampling, with β by IPC, keeps them; (e) variational estimators " +
      "bound both tightly from below; (f) the guidance plugs into diffusion models without training them again; (g) it " +
      "improves distillation at every IPC; (h) on Tiny ImageNet and subsets of ImageNet, most of all where images are few.",
  ];
  for (const name of (await readdir(figures)).filter((file) => file.endsWith(".ipynb")).sort())
    parts.push(...(await entry(path.join(figures, name), path.basename(name, ".ipynb"))));
  await writeFileAtomic(path.join(__dirname, "..", "gallery.md"), `${parts.join("\n\n")}\n`);
}

async function entry(file: string, name: string): Promise<string[]> {
  const { title, claim, thumbnail, errors } = await renderChapter(file);
  if (errors > 0) throw new Error(`${file} stopped with an error; run it again: npm start -- --only ${name}`);
  const picture = path.join(__dirname, `${name}.png`);
  if (thumbnail) {
    const small = sharp(thumbnail.png).resize({ width: 720, withoutEnlargement: true });
    await writeFileAtomic(picture, await small.png({ palette: true, compressionLevel: 9 }).toBuffer());
  } else await rm(picture, { force: true });
  return [
    `## [${title}](../notebooks/figures/${name}.ipynb)`,
    ...(claim ? inWords(claim) : ["*No stored output.*"]),
    ...(thumbnail ? [`![${thumbnail.alt.replace(/[[\]]/g, "")}](pictures/${name}.png)`] : []),
  ];
}

function inWords({ claim, verdict, words, facts }: VerdictRecord): string[] {
  const { sign, words: said } = verdictMark(verdict);
  const given = Object.entries(facts).map(([what, value]) => `${what}: ${value}`);
  return [
    `> ${claim}`,
    `${sign} **${said}.** ${words}`,
    ...(given.length > 0 ? [`*${given.join(" · ")}*`] : []),
  ];
}

main();
