// Sizes of networks: what a builder checks before it declares weights of those shapes.

/**
 * @param network for the message, such as "A U-Net"
 * @param sizes by their names in the config; all entries of a list
 * @throws RangeError naming the first that is no whole number above 0
 */
export function expectWhole(
  network: string,
  sizes: Readonly<Record<string, number | readonly number[]>>,
): void {
  for (const [name, given] of Object.entries(sizes))
    for (const value of [given].flat() as readonly unknown[])
      if (!(Number.isInteger(value) && (value as number) > 0))
        throw new RangeError(`${network} needs whole numbers above 0 as ${name}; found ${value}.`);
}

/**
 * @param network for the message
 * @param widths channels at each resolution
 * @param groups of its group norms
 * @throws RangeError unless there are widths, and the groups divide all of them
 */
export function expectGroups(network: string, widths: readonly number[], groups: number): void {
  expectWhole(network, { widths, groups });
  const uneven = widths.find((width) => width % groups !== 0);
  if (widths.length === 0 || uneven !== undefined)
    throw new RangeError(
      `${network} with ${groups} groups needs widths that they divide; found ${uneven ?? "none"}.`,
    );
}
