// Other processes that run the same command at the same work; a claim on each set keeps them apart.
import { fork } from "node:child_process";

/**
 * Starts processes with other arguments of this program, without bars or results.
 * @returns when the last of them has ended, however it ended: what one left undone, this process does
 */
export async function withHelpers<T>(
  args: readonly string[],
  count: number,
  work: () => Promise<T>,
): Promise<T> {
  const ended = Array.from({ length: count }, () => {
    const child = fork(process.argv[1], args, {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      env: { ...process.env, IGDS_NO_PROGRESS: "1" },
    });
    return new Promise<void>((resolve) => child.once("exit", () => resolve()));
  });
  const result = await work();
  await Promise.all(ended);
  return result;
}
