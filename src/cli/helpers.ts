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
  const children = Array.from({ length: count }, () =>
    fork(process.argv[1], args, {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      env: { ...process.env, IGDS_NO_PROGRESS: "1" },
    }),
  );
  const ended = children.map((child) => new Promise<void>((resolve) => child.once("exit", () => resolve())));
  try {
    const result = await work();
    await Promise.all(ended);
    return result;
  } catch (error) {
    for (const child of children) child.kill();
    throw error;
  }
}

/** In a helper: ends with the process that started it, however that ended. */
export function endWithParent(): void {
  if (!process.send) return;
  process.once("disconnect", () => process.exit(1));
  // Waiting for that keeps no helper alive whose work is done.
  process.channel?.unref();
}
