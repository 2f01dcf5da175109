// Many comparisons at once.

/**
 * p-values adjusted for being a family, by Holm's step-down procedure (Scand. J. Statist. 6, 1979): below 0.05 where
 * the hypothesis falls while the chance of any false rejection in the family stays below 0.05.
 *
 * @param pValues all of the family, 0..1 each
 * @returns the adjusted ones in the same order, at most 1
 * @example
 * igds.evaluate.holm([0.01, 0.04, 0.03]); // [0.03, 0.06, 0.06]
 */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((_, i) => i).sort((a, b) => pValues[a] - pValues[b]);
  const adjusted = new Array<number>(pValues.length);
  let largest = 0;
  order.forEach((place, rank) => {
    largest = Math.max(largest, Math.min(1, (pValues.length - rank) * pValues[place]));
    adjusted[place] = largest;
  });
  return adjusted;
}
