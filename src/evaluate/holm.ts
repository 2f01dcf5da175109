// Many comparisons at once.

/**
 * p-values adjusted for being a family, by Holm's step-down procedure (Scand. J. Statist. 6, 1979): below 0.05 where
 * the hypothesis falls while the chance of any false rejection in the family stays below 0.05.
 *
 * @param pValues all of the family, 0..1 each
 * @returns the adjusted ones in the same order, at most 1
 * @throws RangeError for what is no probability, such as the NaN of a single set
 * @example
 * igds.evaluate.holm([0.01, 0.04, 0.03]); // [0.03, 0.06, 0.06]
 */
export function holm(pValues: readonly number[]): number[] {
  const wrong = pValues.findIndex((p) => !(p >= 0 && p <= 1));
  if (wrong >= 0)
    throw new RangeError(
      `holm: expected p-values, 0 to 1, found ${pValues[wrong]} at place ${wrong}: leave out comparisons without a test.`,
    );
  const order = pValues.map((_, i) => i).sort((a, b) => pValues[a] - pValues[b]);
  const adjusted = new Array<number>(pValues.length);
  let largest = 0;
  order.forEach((place, rank) => {
    largest = Math.max(largest, Math.min(1, (pValues.length - rank) * pValues[place]));
    adjusted[place] = largest;
  });
  return adjusted;
}
