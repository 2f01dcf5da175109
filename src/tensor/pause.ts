// Long loops stop here between two steps: others get their turn, and an interrupted cell ends.

/** Where a notebook kernel leaves the signal of the running cell. */
const signalSymbol = Symbol.for("Jupyter.signal");

// Browsers lack setImmediate, which lets everything that waits have its turn; Node's setTimeout loses a millisecond.
const later: (then: (value: unknown) => void) => void = globalThis.setImmediate ?? globalThis.setTimeout;

/**
 * Lets the event loop turn once.
 * @throws what the running cell was interrupted with, in a notebook; elsewhere never
 * @example for (let i = 0; i < 3; i++) await igds.tensor.pause(); // the cell can be interrupted here
 */
export async function pause(): Promise<void> {
  await new Promise((resolve) => later(resolve));
  const signal = (globalThis as { [signalSymbol]?: AbortSignal })[signalSymbol];
  signal?.throwIfAborted();
}
