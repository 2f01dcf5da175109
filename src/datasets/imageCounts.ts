// How many images each class of ImageNet and its subsets should have, and whose copy of a subset a folder is:
// "ImageWoof" from ImageNet has 12,454 training images, fastai's imagewoof2 has 9,025 of them and another
// test set, and scores differ.
//
// ImageNet: 1,281,167 training images, 732 to 1,300 in a class, 50 of each for validation (Russakovsky et al.
// 2015, table 2). fastai's second version has 70 % and 30 % of both together; its counts by class, and with
// them ImageNet's of the same classes, are those of noisy_imagenette.csv and noisy_imagewoof.csv in
// fastai/imagenette (commit ba8db39), where the names of the files tell which split of ImageNet they are
// from. ImageNet-100: the card of the dataset clane9/imagenet-100 on the Hugging Face hub.

import type { ClassListName } from "./classLists";

/** Images of each class, in label order. */
export interface ImageCounts {
  readonly train: readonly number[];
  readonly test: readonly number[];
}

/** Whose copy of ImageNet, or of a part of it, the numbers of images are like; a miniature has fewer of each class. */
export type CountsLike = "ImageNet" | "fastai, second version" | "miniature";

/** fastai's second version: training and test images by class. */
const fastai: Readonly<Record<string, readonly [train: number, test: number]>> = {
  n01440764: [963, 387],
  n02102040: [955, 395],
  n02979186: [993, 357],
  n03000684: [858, 386],
  n03028079: [941, 409],
  n03394916: [956, 394],
  n03417042: [961, 389],
  n03425413: [931, 419],
  n03445777: [951, 399],
  n03888257: [960, 390],
  n02086240: [941, 409],
  n02087394: [942, 408],
  n02088364: [932, 418],
  n02089973: [580, 224],
  n02093754: [949, 401],
  n02096294: [943, 407],
  n02099601: [949, 401],
  n02105641: [928, 422],
  n02111889: [921, 429],
  n02115641: [940, 410],
};

const LEAST = 732;
const MOST = 1300;
const VALIDATION = 50;
const totals: Partial<Record<ClassListName, number>> = { "imagenet-1k": 1_281_167, "imagenet-100": 126_689 };

/** ImageNet's number of training images of a class, where it is known for the class alone. */
function imagenetCount(wnid: string): number | null {
  const both = fastai[wnid];
  return both ? both[0] + both[1] - VALIDATION : null;
}

/**
 * Whose copy this is by its counts. A folder where all classes have the same number, and it is no other, is
 * taken for a miniature that somebody made on purpose.
 *
 * @param list the list that the classes are, if it is a known one: its total is looked at as well
 * @returns `like` null: of neither; `faults` then says, for the copy that it is nearest to, what differs
 */
export function countsLike(
  wnids: readonly string[],
  counts: ImageCounts,
  list: ClassListName | null,
): { like: CountsLike | null; faults: string[] } {
  const isFastai = wnids.every((wnid) => wnid in fastai);
  const original = imagenetFaults(wnids, counts, list);
  const second = isFastai ? fastaiFaults(wnids, counts) : ["fastai has no such set"];
  if (original.length === 0) return { like: "ImageNet", faults: [] };
  if (second.length === 0) return { like: "fastai, second version", faults: [] };
  if (equal(counts.train) && equal(counts.test) && (counts.train[0]! < LEAST || counts.test[0]! < VALIDATION))
    return { like: "miniature", faults: [] };
  return { like: null, faults: isFastai && second.length < original.length ? second : original };
}

function imagenetFaults(
  wnids: readonly string[],
  { train, test }: ImageCounts,
  list: ClassListName | null,
): string[] {
  const faults = wnids.flatMap((wnid, i) => {
    const exact = imagenetCount(wnid);
    const right = exact === null ? train[i]! >= LEAST && train[i]! <= MOST : train[i] === exact;
    return [
      ...(right
        ? []
        : [`${wnid}: expected ${exact ?? `${LEAST} to ${MOST}`} training images, found ${train[i]}`]),
      ...(test[i] === VALIDATION ? [] : [`${wnid}: expected ${VALIDATION} test images, found ${test[i]}`]),
    ];
  });
  const total = list && totals[list];
  const found = train.reduce((sum, count) => sum + count, 0);
  if (total && total !== found && faults.length === 0)
    faults.push(`expected ${total} training images in all, found ${found}`);
  return faults;
}

function fastaiFaults(wnids: readonly string[], { train, test }: ImageCounts): string[] {
  return wnids.flatMap((wnid, i) => {
    const [trains, tests] = fastai[wnid]!;
    return [
      ...(train[i] === trains ? [] : [`${wnid}: expected ${trains} training images, found ${train[i]}`]),
      ...(test[i] === tests ? [] : [`${wnid}: expected ${tests} test images, found ${test[i]}`]),
    ];
  });
}

/** Whether all classes have the same number of images, and at least one. */
export const equal = (counts: readonly number[]): boolean =>
  counts[0]! > 0 && counts.every((count) => count === counts[0]);
