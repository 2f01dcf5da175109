// Patterns of history searches, as in a shell: * any text, ? one character, [a-z] or [^a-z] one of a set.

type Part = "any" | ((character: string) => boolean);

/** Whether the whole text matches; upper and lower case differ. Takes time in the product of the lengths at most. */
export function matchesGlob(text: string, pattern: string): boolean {
  const parts = parse(pattern);
  const characters = [...text];
  let part = 0;
  // Where to go on when the last * has to take one character more.
  let star = -1;
  let taken = 0;
  for (let at = 0; at < characters.length; ) {
    const expected = parts[part];
    if (expected === "any") {
      star = part++;
      taken = at;
    } else if (expected?.(characters[at]!)) {
      part++;
      at++;
    } else if (star >= 0) {
      part = star + 1;
      at = ++taken;
    } else return false;
  }
  return parts.slice(part).every((one) => one === "any");
}

function parse(pattern: string): Part[] {
  const tokens = pattern.match(/\[[\^!]?\]?[^\]]*\]|[\s\S]/gu) ?? [];
  return tokens.map((token) => {
    if (token === "*") return "any";
    if (token === "?") return () => true;
    if (token.length > 2 && token.startsWith("[") && token.endsWith("]")) return set(token.slice(1, -1));
    return (character) => character === token;
  });
}

function set(inside: string): (character: string) => boolean {
  const negated = /^[\^!]./su.test(inside);
  const characters = [...inside].slice(negated ? 1 : 0);
  const ranges: (readonly [string, string])[] = [];
  for (let at = 0; at < characters.length; at++) {
    const first = characters[at]!;
    const isRange = characters[at + 1] === "-" && at + 2 < characters.length;
    ranges.push([first, isRange ? characters[at + 2]! : first]);
    if (isRange) at += 2;
  }
  return (character) => {
    const code = character.codePointAt(0)!;
    const inRange = ranges.some(([from, to]) => code >= from.codePointAt(0)! && code <= to.codePointAt(0)!);
    return inRange !== negated;
  };
}
