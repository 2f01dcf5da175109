// The seed of a set, which its manifest and a run's settings write down.

/**
 * @param where it was given, such as "distill"
 * @throws RangeError for what is neither a finite number nor a text
 */
export function expectSeed(seed: unknown, where: string): void {
  if (typeof seed === "string" || Number.isFinite(seed)) return;
  const found = typeof seed === "object" ? JSON.stringify(seed) : String(seed);
  throw new RangeError(
    `${where}: expected a seed that can be written down, a number or a text, such as seed: 0; found ${found}.`,
  );
}
