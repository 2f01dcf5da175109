// A claim with its verdict as it travels in a notebook's output, and how a verdict looks.

/** MIME type of a claim with its verdict. */
export const verdictType = "application/vnd.igds.verdict+json";

/** Whether a claim holds; `partly` where some of the evidence is for it, `undecided` where none is clear. */
export type Verdict = "holds" | "partly" | "fails" | "undecided";

/** What the JSON of the box holds. */
export interface VerdictRecord {
  readonly claim: string;
  /** null until the notebook has run to its end. */
  readonly verdict: Verdict | null;
  readonly words: string;
  /** Hardware, seed, running time and what else was given. */
  readonly facts: Readonly<Record<string, string>>;
}

// A word and a sign beside the colour: readers may not see it.
const marks: Readonly<Record<Verdict, readonly [sign: string, words: string, colour: string]>> = {
  holds: ["✓", "The claim holds here", "#1a9a72"],
  partly: ["◐", "The claim holds in part", "#9a7d0a"],
  fails: ["✗", "The claim does not hold here", "#bb2c36"],
  undecided: ["?", "Undecided", "#808690"],
};

/** Sign and words of a verdict as readers see it, and its colour. */
export function verdictMark(verdict: Verdict | null) {
  // A record may come from any notebook: an unknown verdict is none.
  const known = verdict !== null && Object.hasOwn(marks, verdict);
  const [sign, words, colour] = known ? marks[verdict] : ["…", "Not decided yet", "#808690"];
  return { sign, words, colour };
}
