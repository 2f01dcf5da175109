// Tests of faults come in two sizes: a short one for every change, and the whole of it (npm run test:long).
import { it } from "vitest";

export const long: boolean = process.env.IGDS_LONG === "1";

/** A test that only the long run has. */
export function longTest(name: string, run: () => Promise<void>, limit?: number): void {
  if (long) it(name, run, limit);
}
