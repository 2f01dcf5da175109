// Whether the images that sampling is asked for are ones that it can give.

/** @throws RangeError for no labels, and for one that is no class of a denoiser of so many */
export function checkedLabels(given: ArrayLike<unknown>, classes: number): Int32Array {
  const labels = Array.from(given ?? []);
  if (labels.length === 0) throw new RangeError("Sampling needs at least one label.");
  for (const label of labels)
    if (!(Number.isInteger(label) && (label as number) >= 0 && (label as number) < classes))
      throw new RangeError(
        `labels: expected class indices from 0 to ${classes - 1}, such as [0, ${classes - 1}], found ` +
          `${typeof label === "string" ? `"${label}"` : label}. Names of classes are what distiller.start takes.`,
      );
  return Int32Array.from(labels as number[]);
}

/**
 * Images of one name share their noise, as those of two classes may.
 * @throws RangeError unless there is a name for each image, and for two images that would be one
 */
export function checkNames(names: readonly (readonly (string | number)[])[], labels: Int32Array): void {
  if (names.length !== labels.length)
    throw new RangeError(`Expected a name for each of ${labels.length} images, found ${names.length} names.`);
  const seen = new Set<string>();
  names.forEach((name, i) => {
    const image = JSON.stringify([labels[i], ...name.map(String)]);
    if (seen.has(image))
      throw new RangeError(
        `names: expected each image of a class once, found ${JSON.stringify(name)} twice for class ${labels[i]}. It would be the ` +
          "same image: give it another name.",
      );
    seen.add(image);
  });
}
