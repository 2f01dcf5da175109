// How far an experiment is: a bar in a terminal or notebook, one line per number in a log.

import { inNotebook } from "../notebook/channel";
import { duration, type Progress, progress } from "../notebook/progress";
import type { GridEvent } from "./runCells";

export interface GridBar {
  set(event: GridEvent): void;
  finish(): Promise<void>;
}

/** In steps of a hundredth of the expected time, as cells differ a hundredfold in what they take. */
export function gridBar(label: string): GridBar {
  if (process.env.IGDS_NO_PROGRESS) return { set: () => {}, finish: async () => {} };
  let bar: Progress | undefined;
  const start = performance.now();
  return {
    set: ({ cells, done, share, remark }) => {
      const where = `${done} of ${cells} numbers${remark ? `, ${remark}` : ""}`;
      if (inNotebook() || process.stderr.isTTY) {
        bar ??= progress(`${label} (%)`, 100);
        bar.set(Math.round(100 * share), where);
        return;
      }
      const seconds = (performance.now() - start) / 1000;
      const left = share > 0 ? `, ${duration((seconds * (1 - share)) / share)} left` : "";
      process.stderr.write(`${label}: ${where}${left}\n`);
    },
    finish: async () => bar?.finish(),
  };
}
