/** The first five of many names, for messages. */
export const few = (names: readonly string[]): string =>
  names.length === 0
    ? "nothing"
    : names.slice(0, 5).join(", ") + (names.length > 5 ? ` and ${names.length - 5} more` : "");
