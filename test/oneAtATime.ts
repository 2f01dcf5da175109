// Test files run side by side: what they fetch for themselves is fetched by one of them, while the others wait.
import path from "node:path";
import { claim } from "../src/tensor/claim";

/** Does `work` while no other process does it under the same name. */
export async function oneAtATime<T>(name: string, work: () => Promise<T> | T): Promise<T> {
  const file = path.resolve(__dirname, "..", ".cache", "test", `${name}.claim`);
  let release = await claim(file);
  while (!release) {
    await new Promise((resolve) => setTimeout(resolve, 300));
    release = await claim(file);
  }
  try {
    return await work();
  } finally {
    await release();
  }
}
