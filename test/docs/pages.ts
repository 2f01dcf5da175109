// The pages that readers get, and what is in them.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

export const root = path.resolve(__dirname, "..", "..");

/** Paths from the project folder. */
export const pages: readonly string[] = [
  ...["README.md", "CONTRIBUTING.md", "environment.md", "kernels/README.md", "data/README.md"],
  ...["data/checkpoints/README.md", "src/information/README.md"],
  ...["notebooks/README.md", "notebooks/figures/README.md"],
  ...readdirSync(path.join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .sort()
    .map((name) => `docs/${name}`),
];

function textOf(page: string): string {
  return readFileSync(path.join(root, page), "utf8");
}

/** The fenced blocks of one language. */
export function blocksOf(page: string, language: string): string[] {
  const fence = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm");
  return [...textOf(page).matchAll(fence)].map(([, code]) => code!);
}

/** The lines of a shell block without comments; a line that ends in a backslash goes on. */
export function shellLines(block: string): string[] {
  return block
    .replace(/\\\n\s*/g, " ")
    .split("\n")
    .map((line) => line.replace(/\s#.*$|^#.*$/, "").trim())
    .filter((line) => line !== "");
}

/** The code within sentences. */
export function inlineCodeOf(page: string): string[] {
  const prose = textOf(page).replace(/^```[\s\S]*?^```$/gm, "");
  return [...prose.matchAll(/(`+)(.+?)\1(?!`)/g)].map(([, , code]) => code!.trim());
}

/** Where the links and pictures of a page lead to, without those to other sites. */
export function linksOf(page: string): string[] {
  const prose = textOf(page).replace(/^```[\s\S]*?^```$/gm, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, to]) => to!).filter((to) => !/^[a-z]+:/.test(to));
}

/** The places that links may name: headings as GitHub makes them, and the names of HTML anchors. */
export function anchorsOf(page: string): string[] {
  return [...textOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replace(/\s/g, "-"),
  );
}
