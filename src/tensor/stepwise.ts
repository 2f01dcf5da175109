// Long work that is written once, as a generator that yields after each step, and done in one go or bit by bit.
import { pause } from "./pause";

/** Does all of it in one go. */
export function atOnce<R>(work: Generator<unknown, R, void>): R {
  for (;;) {
    const next = work.next();
    if (next.done) return next.value;
  }
}

/**
 * Does it bit by bit: after each step `onStep` is told, others get their turn, and an interrupted cell ends.
 * @throws what the running cell was interrupted with, after the work has tidied up
 */
export async function bitByBit<E, R>(work: Generator<E, R, void>, onStep: (event: E) => void): Promise<R> {
  try {
    for (;;) {
      const next = work.next();
      if (next.done) return next.value;
      onStep(next.value);
      await pause();
    }
  } finally {
    work.return(undefined as R); // of finished work: nothing
  }
}
