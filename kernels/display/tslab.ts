// `import { display } from "tslab"` in a cell: its displays are sent as our own.

import type { Displays } from "./display";

interface TslabModule {
  lastWriteDisplayData: ((content: Readonly<Record<string, unknown>>, update?: boolean) => void) | null;
}

/**
 * Connects tslab's `display` and `newDisplay` to this kernel; to be called when a cell imports tslab.
 * @param resolve - how the cell's folder finds modules: its tslab may be another than the kernel's
 */
export function connectTslab(displays: Displays, resolve: NodeJS.Require = require): void {
  const tslab = resolve("tslab/dist/jupyter") as TslabModule;
  tslab.lastWriteDisplayData = (content, update) =>
    displays.broadcast(update ? "update_display_data" : "display_data", content);
}
