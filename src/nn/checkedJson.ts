// JSON from files that nobody vouches for: its outline is checked before anything is built from it.

/** What a text may hold. */
export interface JsonLimits {
  /** Objects and lists within each other. */
  readonly depth: number;
  /** Values in all objects and lists together. */
  readonly values: number;
}

/**
 * Parses JSON that keeps within the limits and names nothing twice in one object (JSON.parse would keep the last).
 * @throws SyntaxError that says what is wrong, to stand after "the header " or the like
 */
export function checkedJson(text: string, limits: JsonLimits): unknown {
  const fault = outlineFault(text, limits);
  if (fault !== null) throw new SyntaxError(fault);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(`is not JSON (${(error as Error).message})`);
  }
}

/** Runs over the text once; what is not JSON at all passes and is left to JSON.parse. */
function outlineFault(text: string, { depth, values }: JsonLimits): string | null {
  const keys: (Set<string> | null)[] = []; // of the objects around; null for a list
  let count = 0;
  let keyNext = false;
  for (let i = 0; i < text.length; i++) {
    switch (text[i]) {
      case '"': {
        const start = i;
        for (i++; i < text.length && text[i] !== '"'; i++) if (text[i] === "\\") i++;
        if (!keyNext) break;
        keyNext = false;
        const key = unescaped(text.slice(start, i + 1));
        if (keys.at(-1)?.has(key)) return `names ${JSON.stringify(key.slice(0, 200))} twice`;
        keys.at(-1)?.add(key);
        break;
      }
      case "{":
      case "[":
        keyNext = text[i] === "{";
        keys.push(keyNext ? new Set() : null);
        if (keys.length > depth) return `is nested deeper than ${depth} levels`;
        break;
      case "}":
      case "]":
        keys.pop();
        break;
      case ",":
        keyNext = keys.at(-1) instanceof Set;
        count += 1;
        if (count >= values) return `holds more than ${values} values`;
        break;
    }
  }
  return null;
}

function unescaped(quoted: string): string {
  try {
    return quoted.includes("\\") ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
  } catch {
    return quoted; // JSON.parse of the whole text will refuse it
  }
}
