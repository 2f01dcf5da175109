// Which of the known class lists a list is, and what is wrong with it. Papers have used different tasks under
// the name "ImageNet-10", the first ten of ImageNet-100: Minimax has IDC's list, ManifoldGD a copy of it that
// is sorted.

import { stat } from "node:fs/promises";
import { type ClassListName, classList, classListNames, isWnid, readClassList } from "./classLists";
import { few } from "./few";

/** What `checkClassList` found. */
export interface ClassListReport {
  /** Number of different ids. */
  readonly classes: number;
  /** The known list with exactly these classes, in whatever order; null if there is none. */
  readonly list: ClassListName | null;
  /**
   * "published": as the known list has it; "sorted": by WordNet id, where that is another order; "other";
   * null for no known list.
   */
  readonly order: "published" | "sorted" | "other" | null;
  /** Known lists that have all these classes and more. */
  readonly subsetOf: readonly ClassListName[];
  /** Whether the first ten are those of ImageNet-10 (ImageIDC), in its order. */
  readonly beginsWithImageNet10: boolean;
  /** Ids that come more than once. */
  readonly duplicates: readonly string[];
  /** Ids that no class of ImageNet-1K has. */
  readonly unknown: readonly string[];
  /** Faults in words; none: the list can be used as what `list` says. */
  readonly faults: readonly string[];
}

/**
 * Says which list of ImageNet classes this is: sorted or not, whole or a part, with duplicates or unknown
 * ids.
 *
 * @param source WordNet ids in label order; or a file with one in a line; or a folder of class folders
 * @param expected the list that it should be; a folder has no order of its own, so that only its classes
 *   count
 * @throws DatasetError if the file or folder cannot be read or names no class
 * @example
 * const sorted = igds.datasets.classList("imagenet-100").map(({ wnid }) => wnid).sort();
 * (await igds.datasets.checkClassList(sorted)).faults; // its first ten are not ImageNet-10
 */
export async function checkClassList(
  source: string | readonly string[],
  expected?: ClassListName,
): Promise<ClassListReport> {
  const ids = typeof source === "string" ? await readClassList(source) : source;
  const report = examine(ids);
  const ordered = typeof source !== "string" || !(await isFolder(source));
  return { ...report, faults: faultsOf(ids, report, expected, ordered) };
}

function examine(ids: readonly string[]): Omit<ClassListReport, "faults"> {
  const set = new Set(ids);
  const thousand = new Set(wnidsOf("imagenet-1k"));
  const list =
    classListNames.find((name) => {
      const wanted = wnidsOf(name);
      return wanted.length === set.size && wanted.every((id) => set.has(id));
    }) ?? null;
  const same = (wanted: readonly string[]) =>
    wanted.length === ids.length && wanted.every((id, i) => ids[i] === id);
  let order: ClassListReport["order"] = null;
  if (list) order = same(wnidsOf(list)) ? "published" : same([...ids].sort()) ? "sorted" : "other";
  return {
    classes: set.size,
    list,
    order,
    subsetOf: classListNames.filter((name) => {
      const all = new Set(wnidsOf(name));
      return all.size > set.size && [...set].every((id) => all.has(id));
    }),
    beginsWithImageNet10: wnidsOf("imagenet-10").every((id, i) => ids[i] === id),
    duplicates: [...set].filter((id) => ids.indexOf(id) !== ids.lastIndexOf(id)),
    unknown: [...set].filter((id) => !thousand.has(id)),
  };
}

function faultsOf(
  ids: readonly string[],
  { list, order, duplicates, unknown }: Omit<ClassListReport, "faults">,
  expected: ClassListName | undefined,
  ordered: boolean,
): string[] {
  const faults: string[] = [];
  if (duplicates.length > 0) faults.push(`named more than once: ${few(duplicates)}`);
  const strange = unknown.filter((id) => !isWnid(id));
  if (strange.length > 0)
    faults.push(
      `no WordNet ids, which are n and eight digits: ${few(strange.map((id) => JSON.stringify(id)))}`,
    );
  const others = unknown.filter(isWnid);
  if (others.length > 0) faults.push(`not among the thousand classes of ImageNet-1K: ${few(others)}`);
  if (expected && list !== expected) faults.push(differenceFrom(ids, expected));
  if (ordered && list && order !== "published" && (!expected || expected === list))
    faults.push(
      `the classes of ${list} in ${order === "sorted" ? "sorted" : "another"} order` +
        (list === "imagenet-100"
          ? `: its first ten begin with ${ids[0]}, but ImageNet-10 (ImageIDC) is the first ten of IDC's ` +
            `unsorted list, ${wnidsOf("imagenet-10").slice(0, 2).join(", ")}, ...; ` +
            '"first ten" of this one is another task'
          : ": label numbers differ from those of others"),
    );
  return faults;
}

function differenceFrom(ids: readonly string[], expected: ClassListName): string {
  const wanted = wnidsOf(expected);
  const missing = wanted.filter((id) => !ids.includes(id));
  const extra = [...new Set(ids)].filter((id) => !wanted.includes(id));
  const faults = [
    ...(missing.length > 0 ? [`${missing.length} missing (${few(missing)})`] : []),
    ...(extra.length > 0 ? [`${extra.length} not of it (${few(extra)})`] : []),
  ];
  const sorted = [...wnidsOf("imagenet-100")].sort().slice(0, 10);
  const trap =
    expected === "imagenet-10" && sorted.every((id) => ids.includes(id))
      ? "; these are the first ten of ImageNet-100 *sorted*, another task than IDC's first ten"
      : "";
  return `expected the ${wanted.length} classes of ${expected}, found ${faults.join(" and ")}${trap}`;
}

const wnidsOf = (name: ClassListName): readonly string[] => classList(name).map(({ wnid }) => wnid);

async function isFolder(source: string): Promise<boolean> {
  return (await stat(source)).isDirectory();
}
