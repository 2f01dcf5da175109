import { duration } from "./progress";
import { show } from "./show";

/** Runs a function and shows how long it took; gives back what the function gives. */
export async function time<T>(work: () => T | Promise<T>, label = "took"): Promise<T> {
  const start = performance.now();
  const result = await work();
  await show(`${label} ${duration((performance.now() - start) / 1000)}`);
  return result;
}
