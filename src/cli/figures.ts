// igds figures: the report of executed notebooks.
import { readdir } from "node:fs/promises";
import path from "node:path";
import { Command } from "commander";
import { writeReport } from "../notebook/report";
import { printJson } from "./options";

interface FiguresOptions {
  from: string;
  report: string;
  title: string;
  json?: boolean;
}

export function figuresCommand(): Command {
  return new Command("figures")
    .description(
      "Collect executed notebooks into one page that opens from disk without a network. `npm start` executes the " +
        "notebooks first and then calls this.",
    )
    .option("--from <dir>", "folder of executed notebooks", "out/notebooks")
    .option("--report <file>", "page to write", "out/report/index.html")
    .option("--title <text>", "title of the page", "Information-guided diffusion sampling")
    .option("--json", "print what went into the report as JSON")
    .action(figures);
}

async function figures(options: FiguresOptions): Promise<void> {
  const notebooks = await findNotebooks(options.from);
  if (notebooks.length === 0)
    throw new Error(`No notebook (*.ipynb) under ${options.from}. Execute the notebooks first: npm start`);
  await writeReport(notebooks, options.report, { title: options.title });
  if (options.json) printJson({ report: path.resolve(options.report), notebooks });
  else process.stderr.write(`Wrote ${options.report} from ${notebooks.length} notebooks.\n`);
}

/** Notebooks under a folder: tutorials first, then by path. */
async function findNotebooks(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ipynb") && !entry.name.startsWith("."))
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));
  const rank = (file: string) => (file.includes(`${path.sep}tutorials${path.sep}`) ? 0 : 1);
  return files.sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
}
