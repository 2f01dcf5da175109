// `import { display } from "tslab"` in a cell: its displays are sent as our own.

import Module from "node:module";
import path from "node:path";
import type { Displays } from "./display";

interface TslabModule {
  lastWriteDisplayData: ((content: Readonly<Record<string, unknown>>, update?: boolean) => void) | null;
}

/**
 * Connects tslab's `display` and `newDisplay` to this kernel; to be called when a cell imports tslab.
 * @param resolve - how the cell's folder finds modules: its tslab may be another than the kernel's
 */
export function connectTslab(displays: Displays, resolve: NodeJS.Require = require): void {
  lendCompiler(resolve);
  const tslab = resolve("tslab/dist/jupyter") as TslabModule;
  tslab.lastWriteDisplayData = (content, update) =>
    displays.broadcast(update ? "update_display_data" : "display_data", content);
}

/** tslab loads a compiler of its own for its version number alone: it gets the one that is there. */
function lendCompiler(resolve: NodeJS.Require): void {
  const tslab = path.dirname(resolve.resolve("tslab/package.json"));
  const file = resolve.resolve("@tslab/typescript-for-tslab", { paths: [tslab] });
  if (require.cache[file]) return;
  const lent = new Module(file);
  lent.exports = require("typescript");
  lent.loaded = true;
  require.cache[file] = lent;
}
