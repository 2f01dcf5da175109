// Where the images of each class stand in a grid: a column or a row under the class's name.
import type { GridOptions } from "./grid";

/** Places of images by class, and the names beside them. */
export interface ClassArrangement {
  readonly columns: number;
  /** Index of the image at each place, row by row; -1 leaves it empty. */
  readonly places: Int32Array;
  /** Names of the classes where they are rows. */
  readonly labels?: readonly string[];
  /** Names of the classes where they are columns. */
  readonly columnLabels?: readonly string[];
}

/**
 * @param n number of images
 * @throws RangeError where a label names no class, or unlabelled images do not divide among the classes
 */
export function arrangeByClass(
  n: number,
  classes: readonly string[],
  { labelled, by }: Pick<GridOptions, "labelled" | "by">,
): ClassArrangement {
  const members: number[][] = classes.map(() => []);
  const share = n / classes.length;
  if (!labelled && (!Number.isInteger(share) || share === 0)) {
    throw new RangeError(
      `classes: ${n} images do not divide among ${classes.length} classes; pass the class of each image as labelled.`,
    );
  }
  if (labelled && labelled.length !== n)
    throw new RangeError(`labelled: expected one class for each of ${n} images, found ${labelled.length}.`);
  for (let i = 0; i < n; i++) {
    const label = labelled ? labelled[i]! : Math.floor(i / share);
    const own = members[label];
    if (!own) {
      throw new RangeError(
        `labelled: image ${i} has class ${label}, expected 0 to ${classes.length - 1} (${classes.join(", ")}).`,
      );
    }
    own.push(i);
  }
  const most = Math.max(...members.map(({ length }) => length));
  const inColumns = by ? by === "columns" : most <= classes.length;
  const columns = inColumns ? classes.length : most;
  const places = new Int32Array(classes.length * most).fill(-1);
  members.forEach((own, label) => {
    own.forEach((image, k) => {
      places[inColumns ? k * columns + label : label * columns + k] = image;
    });
  });
  return inColumns ? { columns, places, columnLabels: classes } : { columns, places, labels: classes };
}
