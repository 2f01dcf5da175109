// The cell of a notebook that makes the same runs again.
import { changesBetween, type PlaygroundSettings, type Stretch } from "./settings";

/** A run as the cell tells it: its stretches, and the settings that its next step will have. */
export interface ToldRun {
  readonly label: string;
  readonly stretches: readonly Stretch[];
  readonly settings: PlaygroundSettings;
}

/**
 * TypeScript for the kernel TypeScript (IGDS). Runs share their noise by their seed, so that each can be told by itself.
 * @param runs the run and, if there is one, its fork
 */
export function notebookCell(dataset: string, runs: readonly ToldRun[]): string {
  const names = runs.map((_, i) => (i === 0 ? "run" : "fork"));
  return [
    'import * as igds from "igds";',
    "",
    `const distiller = await igds.open(${JSON.stringify(dataset)});`,
    ...runs.flatMap((run, i) => runLines(names[i], run)),
    runs.length > 1 ? `igds.compare(${names.join(", ")})` : names[0],
  ].join("\n");
}

function runLines(name: string, { label, stretches, settings }: ToldRun): string[] {
  const first = stretches[0]?.settings ?? settings;
  const lines = [`const ${name} = distiller.start(${literal({ ...first, label })});`];
  stretches.forEach((stretch, i) => {
    if (i > 0)
      lines.push(`${name}.change(${literal(changesBetween(stretches[i - 1].settings, stretch.settings))});`);
    lines.push(`await ${name}.step(${stretch.steps});`);
  });
  return lines;
}

/** An object as people write it: names without quotes, on one line. */
function literal(value: object): string {
  const parts = Object.entries(value).map(
    ([name, part]) => `${name}: ${JSON.stringify(part).replaceAll('","', '", "')}`,
  );
  return `{ ${parts.join(", ")} }`;
}
