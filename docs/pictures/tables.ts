// Writes the tables of accuracy in README.md and docs/results.md, between their markers, from the stored rows.
// npm run pictures
import { readFileSync } from "node:fs";
import path from "node:path";
import * as igds from "../../src";
import { hasOneSet } from "../../src/distill/methods";
import { writeFileAtomic } from "../../src/tensor/atomicFile";
import { accuracySummaries } from "./storedSummaries";

const root = path.resolve(__dirname, "..", "..");
/** Pages with tables. */
export const tablePages: readonly string[] = ["README.md", "docs/results.md"];

const OURS = "igds";
/** Sets in the full profile that most methods have; where there are other numbers of them, the table says so. */
const SETS = 5;
const others = [
  ..."random kcenter kmeans herding diffusion minimax cads d4m igd cao2 particle mgd3".split(" "),
  "diffusion, same scale",
  "igds, two terms",
  "two-terms",
];

/**
 * The pages' tables: from `<!-- accuracy: IPC 1, 5, 10 -->` to `<!-- end -->`, of all methods with what IGDS has more, or, with
 * names behind the numbers, each after a semicolon, of those methods' accuracy alone.
 */
const marked = /(<!-- accuracy: IPC ([\d, ]+)((?:; [^;>]+?)*) -->\n)[\s\S]*?(<!-- end -->)/g;

/** The page with its tables made anew. */
export async function withTables(page: string): Promise<string> {
  const summaries = await accuracySummaries();
  const compared = igds.experiment.contrasts(summaries, OURS);
  return readFileSync(path.join(root, page), "utf8").replace(
    marked,
    (_, start: string, list: string, names: string, end: string) => {
      const chosen = names.split("; ").slice(1);
      const leads = chosen.length === 0 ? compared : null;
      const rows = leads ? others : chosen;
      return `${start}${table([...rows, OURS], list.split(",").map(Number), summaries, leads)}\n${end}`;
    },
  );
}

/** @param leads what IGDS has more, for columns of their own */
function table(
  names: readonly string[],
  ipcs: readonly number[],
  summaries: readonly igds.experiment.Summary[],
  leads: readonly igds.experiment.Contrast[] | null,
): string {
  const head = ["", ...ipcs.flatMap((ipc) => [`IPC ${ipc}`, ...(leads ? ["IGDS has more"] : [])])];
  const lines = names.map((name) => {
    const cells = ipcs.flatMap((ipc) => {
      const is = (one: igds.experiment.Summary | igds.experiment.Contrast) =>
        one.name === name && one.ipc === ipc;
      const [summary, contrast] = [summaries.find(is), leads?.find(is)];
      return [summary ? accuracy(summary) : "-", ...(leads ? [contrast ? lead(contrast) : ""] : [])];
    });
    return name === OURS
      ? [`**${nameOf(name)}**`, ...cells.map((cell) => (cell === "" ? "" : `**${cell}**`))]
      : [nameOf(name), ...cells];
  });
  const rule = head.map(() => "---");
  return [head, rule, ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** In a table, which is read without the text beside it, the rows say which terms are whose. */
function nameOf(name: string): string {
  if (name === OURS) return "IGDS with our set term";
  return name === "igds, two terms" ? "IGDS, the abstract's two terms" : igds.plot.methodLabel(name);
}

function accuracy({ method, ipc, last, seeds, networks }: igds.experiment.Summary): string {
  const oneSet = hasOneSet(method, ipc);
  const { mean, ci95 } = oneSet ? igds.evaluate.meanInterval([...networks[0].values()]) : last.mean;
  const sets = oneSet || seeds.length === SETS ? "" : ` (${seeds.length})`;
  return `${mean.toFixed(1)}${Number.isNaN(ci95) ? "" : ` ± ${ci95.toFixed(1)}`}${sets}`;
}

function lead({ difference, pT }: igds.experiment.Contrast): string {
  const more = `${difference.mean < 0 ? "−" : "+"}${Math.abs(difference.mean).toFixed(1)}`;
  return `${more}, ${pT < 0.001 ? "p < 0.001" : `p = ${Number(pT.toPrecision(1))}`}`;
}

async function main(): Promise<void> {
  for (const page of tablePages) await writeFileAtomic(path.join(root, page), await withTables(page));
}

if (require.main === module) main();
