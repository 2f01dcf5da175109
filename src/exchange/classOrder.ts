// The order that a set counts its classes in, where it is not that of the dataset.
import { few } from "../datasets/few";
import { ExchangeError } from "./arrays";

/** Whether a class list holds the dataset's own names, each once, in whatever order. */
export function isOrderOf(list: readonly string[], classes: readonly string[]): boolean {
  const { unknown, missing } = between(list, classes);
  return list.length === classes.length && unknown.length === 0 && missing.length === 0;
}

/** Where each class of the set stands in the dataset. @throws ExchangeError unless they are the same classes */
export function placesOf(order: readonly string[], classes: readonly string[]): Int32Array {
  if (isOrderOf(order, classes)) return Int32Array.from(order, (name) => classes.indexOf(name));
  throw new ExchangeError(
    `The class list must hold each of the dataset's ${classes.length} classes once; found ${order.length}, ` +
      unlike(order, classes),
  );
}

/**
 * Soft labels with their columns in another order.
 * @param from for each new column, its place until now
 */
export function columnsFrom(targets: Float32Array, from: ArrayLike<number>): Float32Array {
  const classes = from.length;
  return targets.map((_, i) => targets[i - (i % classes) + from[i % classes]!]!);
}

/** What keeps a class list from being an order of the dataset's classes, for messages. */
export function unlike(list: readonly string[], classes: readonly string[]): string {
  const { unknown, missing } = between(list, classes);
  return `unknown: ${few(unknown)}; missing: ${few(missing)}`;
}

function between(list: readonly string[], classes: readonly string[]) {
  const [listed, own] = [new Set(list), new Set(classes)];
  return {
    unknown: list.filter((name) => !own.has(name)),
    missing: classes.filter((name) => !listed.has(name)),
  };
}
