// How long a piece of work takes.
import { duration } from "./progress";
import { show } from "./show";

/**
 * Runs a function and shows how long it took; gives back what the function gives.
 * @example const images = await igds.time(() => run.finish(), "denoising");
 */
export async function time<T>(work: () => T | Promise<T>, label = "time"): Promise<T> {
  const start = performance.now();
  const result = await work();
  await show(`${label}: ${duration((performance.now() - start) / 1000)}`);
  return result;
}
