// What a fork is called that nobody gave a name.

/** Changes in words: a method by its name alone. */
export function changesInWords(changes: object): string {
  const { method, ...rest } = changes as { method?: unknown };
  const parts = Object.entries(rest).flatMap(([name, value]) =>
    value === undefined || typeof value === "function" ? [] : [`${name} = ${shown(value)}`],
  );
  return [...(method === undefined ? [] : [String(method)]), ...parts].join(", ");
}

function shown(value: unknown): string {
  if (!Array.isArray(value)) return typeof value === "object" ? JSON.stringify(value) : String(value);
  // Terms hold the tensors of networks: of them it is names and weights that are told.
  return `[${value.map((one) => (hasTerm(one) ? `${one.weight} ${one.term.name}` : shown(one))).join(", ")}]`;
}

function hasTerm(value: unknown): value is { term: { name: string }; weight: number } {
  return typeof value === "object" && value !== null && "term" in value;
}
