// Series of one name.

/** What is put behind each name so that no two are alike: " (1)", " (2)" where several are the same, nothing elsewhere. */
export function numbers(names: readonly string[]): string[] {
  return names.map((name, i) => {
    const alone = names.indexOf(name) === names.lastIndexOf(name);
    return alone ? "" : ` (${names.slice(0, i + 1).filter((other) => other === name).length})`;
  });
}
