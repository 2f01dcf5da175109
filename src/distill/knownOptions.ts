// Options by the names that there are: one that is misspelt would be ignored, and its default taken without a word.
import { didYouMean } from "../tensor/nearestName";

/**
 * Options that are undefined count as left out.
 * @param where they were given, such as "distill"
 * @throws RangeError naming the first that is not known, and those that are
 */
export function expectKnown(given: object, known: readonly string[], where: string): void {
  for (const [name, value] of Object.entries(given))
    if (value !== undefined && !known.includes(name))
      throw new RangeError(
        `${where}: "${name}" is not one of its options${didYouMean(name, known) || "."} There are ${known.join(", ")}.`,
      );
}
