// What the programs of set-up begin with.

/**
 * A failure in words, without a stack that says nothing to its reader.
 * @param {() => Promise<number | void>} work gives the exit code
 */
export async function entry(work) {
  try {
    process.exitCode = (await work()) ?? 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
