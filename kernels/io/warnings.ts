// Node's warnings as one line on the stderr of the cell that caused them.

import { dirname, sep } from "node:path";

/** Replaces Node's own printing, which names the process instead of the place. */
export function printWarnings(): void {
  if (process.env.NODE_NO_WARNINGS === "1") return;
  process.removeAllListeners("warning");
  process.on("warning", (warning) => {
    if (!isAboutLoader(warning)) process.stderr.write(`${describe(warning)}\n`);
  });
}

/** Node calls the loader of `import()` in cells experimental, which no reader can do anything about. */
function isAboutLoader({ message }: Error): boolean {
  return message.startsWith("vm.USE_MAIN_CONTEXT_DEFAULT_LOADER ");
}

function describe(warning: Error & { readonly code?: string }): string {
  const code = warning.code === undefined ? "" : ` [${warning.code}]`;
  const message = warning.message.replaceAll(/\s*\n\s*/g, " ");
  const place = placeOf(warning.stack ?? "");
  return `${warning.name}${code}: ${message}${place === undefined ? "" : ` (${place})`}`;
}

/** The first line of a stack that is in a cell or in a file of the user. */
function placeOf(stack: string): string | undefined {
  const kernel = dirname(__dirname) + sep;
  const others = ["node:", `${sep}node_modules${sep}`, kernel, "(<anonymous>)"];
  const frames = stack.split("\n").filter((line) => /^\s+at /.test(line));
  const own = frames.find((line) => !others.some((other) => line.includes(other)));
  return own?.trim();
}
