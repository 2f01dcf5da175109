// The colours of a difference: two hues that meet in near-white at zero.

// Purple (below zero) over near-white to orange (above zero): ColorBrewer's PuOr, distinct under all common kinds of
// colour blindness.
const stops: readonly (readonly [number, number, number])[] = [
  [84, 39, 136],
  [153, 142, 195],
  [247, 247, 247],
  [241, 163, 64],
  [179, 88, 6],
];

/** Red, green, blue of a value in [-1, 1]; 0 is near-white. @throws RangeError for NaN */
export function diverging(value: number): [red: number, green: number, blue: number] {
  if (Number.isNaN(value)) throw new RangeError("Colours of differences: expected numbers, found NaN.");
  const place = (Math.min(1, Math.max(-1, value)) + 1) * 0.5 * (stops.length - 1);
  const at = Math.min(stops.length - 2, Math.floor(place));
  const share = place - at;
  const mix = (c: 0 | 1 | 2) => Math.round(stops[at]![c] * (1 - share) + stops[at + 1]![c] * share);
  return [mix(0), mix(1), mix(2)];
}
