// The gallery of a report: one card for each notebook, with its picture, what it claims and what it found.
import path from "node:path";
import sharp from "sharp";
import { verdictMark } from "./claimRecord";
import { escapeHtml } from "./mime";
import type { Chapter, Thumbnail } from "./reportChapter";

/** Largest width and height of a thumbnail, px: twice of what is shown, for fine screens. */
const size = { width: 640, height: 400 };

/** Folders of notebooks and how readers call them. */
const sections: Readonly<Record<string, string>> = {
  figures: "Figures",
  tutorials: "Tutorials",
  explore: "Explore",
};

/** @param outFile the page, from which links to the notebooks start */
export async function galleryHtml(chapters: readonly Chapter[], outFile: string): Promise<string> {
  const folder = path.dirname(path.resolve(outFile));
  const byFolder = new Map<string, Chapter[]>();
  for (const chapter of chapters) {
    const name = path.basename(path.dirname(path.resolve(chapter.file)));
    byFolder.set(name, [...(byFolder.get(name) ?? []), chapter]);
  }
  const order = Object.keys(sections);
  const rank = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  const parts: string[] = [];
  for (const [name, own] of [...byFolder].sort(([a], [b]) => rank(a) - rank(b))) {
    const cards = await Promise.all(own.map((chapter) => card(chapter, folder)));
    parts.push(
      `<h3>${escapeHtml(sections[name] ?? "Notebooks")}</h3>\n<ul class="cards">${cards.join("\n")}</ul>`,
    );
  }
  return `<section class="gallery" aria-labelledby="gallery"><h2 id="gallery">At a glance</h2>\n${parts.join("\n")}</section>`;
}

async function card(chapter: Chapter, folder: string): Promise<string> {
  const { id, title, claim, about, thumbnail, file, ran, errors } = chapter;
  const link = path.relative(folder, path.resolve(file)).split(path.sep).map(encodeURIComponent).join("/");
  const origin = [
    `<a href="${escapeHtml(link)}">notebook<span class="unseen"> of ${escapeHtml(title)}</span></a>`,
    ran,
    errors > 0 ? '<span class="failed">stopped with an error</span>' : "",
  ];
  return (
    `<li>${thumbnail ? await picture(thumbnail) : ""}<div>` +
    `<h4><a href="#${id}">${escapeHtml(title)}</a></h4>${claim ? verdict(claim.verdict, claim.words) : ""}${about}` +
    `<p class="origin">${origin.filter((part) => part !== "").join(" · ")}</p></div></li>`
  );
}

function verdict(given: Parameters<typeof verdictMark>[0], words: string): string {
  const { sign, words: said, colour } = verdictMark(given);
  return (
    `<p class="verdict" style="border-color: ${colour}"><strong><span aria-hidden="true">${sign}</span> ` +
    `${said}.</strong> ${escapeHtml(words)}</p>`
  );
}

/** A small picture; none where the file is damaged, which is shown, or not, where it stands. */
async function picture({ png, alt }: Thumbnail): Promise<string> {
  try {
    const image = sharp(png);
    const { width = 0 } = await image.metadata();
    // Small grids of pixels stay sharp squares; large figures are made smaller smoothly.
    const small = await image
      .resize({
        ...size,
        fit: "inside",
        withoutEnlargement: true,
        kernel: width > size.width ? "lanczos3" : "nearest",
      })
      .png({ palette: true, compressionLevel: 9 })
      .toBuffer();
    return `<img alt="${escapeHtml(alt)}" src="data:image/png;base64,${small.toString("base64")}"/>`;
  } catch {
    return "";
  }
}
