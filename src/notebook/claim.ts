// What a notebook claims and what it found: a box at the top that its last cell fills in. The box's output carries
// both as JSON (application/vnd.igds.verdict+json), which the report's gallery and other programs read.
import type { MeanInterval } from "../evaluate/statistics";
import { machine } from "../tensor/machine";
import { type Verdict, type VerdictRecord, verdictMark, verdictType } from "./claimRecord";
import { escapeHtml, type MimeBundle } from "./mime";
import { duration } from "./progress";
import { type DisplayHandle, show } from "./show";
import { HtmlView } from "./views";

/** So many pieces of evidence a verdict says in full. */
const listed = 6;

/** A measured difference that is above zero if the claim holds. */
export interface Evidence {
  /** What was compared, such as "IGDS minus plain diffusion, IPC 10". */
  readonly what: string;
  /** What should lie above zero, with the half-width of its 95 % interval. */
  readonly difference: Pick<MeanInterval, "mean" | "ci95">;
  /** Of the difference, such as points or nats. */
  readonly unit: string;
}

/** A claim that waits for its verdict. */
export interface Claim {
  /**
   * Fills in the box: the verdict follows from the intervals of the evidence, or is given in words.
   * @returns the verdict
   */
  verdict(evidence: Evidence | readonly Evidence[]): Promise<Verdict>;
  /** Decides by hand, in words. */
  verdict(verdict: Verdict, words: string): Promise<Verdict>;
}

/**
 * Shows what the notebook claims, with room for the verdict.
 * @param facts what a reader needs to repeat it, such as seed and profile; hardware and time are added
 * @example
 * const claim = await igds.claim("Guidance raises accuracy.", { seed: 0 });
 * await claim.verdict({ what: "gain", difference: { mean: 2.1, ci95: 0.8 }, unit: "points" }); // "holds"
 */
export async function claim(
  text: string,
  facts: Readonly<Record<string, string | number>> = {},
): Promise<Claim> {
  const start = performance.now();
  const known = Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, String(value)]));
  const record: VerdictRecord = {
    claim: text,
    verdict: null,
    words: "Not decided yet: run the notebook to its end.",
    facts: { hardware: machine(), ...known },
  };
  const place: DisplayHandle = await show(view(record));
  return {
    async verdict(given: Verdict | Evidence | readonly Evidence[], words?: string) {
      const evidence = typeof given === "string" ? [] : "what" in given ? [given] : given;
      const verdict = typeof given === "string" ? given : verdictOf(evidence);
      const time = duration((performance.now() - start) / 1000);
      const decided = {
        ...record,
        verdict,
        words: words ?? inWords(evidence),
        facts: { ...record.facts, "running time": time },
      };
      await place.update(view(decided, evidence.length > listed ? evidence : []));
      return verdict;
    },
  };
}

/** What intervals say together: each one must lie on one side of zero to count. */
export function verdictOf(evidence: readonly Evidence[]): Verdict {
  if (evidence.length === 0)
    throw new RangeError("verdict: expected at least one piece of evidence, found none.");
  const above = evidence.filter(isAbove).length;
  const below = evidence.filter(isBelow).length;
  if (above === evidence.length) return "holds";
  if (above > 0) return "partly";
  return below > 0 ? "fails" : "undecided";
}

const isAbove = ({ difference: { mean, ci95 } }: Evidence) => mean - ci95 > 0;
const isBelow = ({ difference: { mean, ci95 } }: Evidence) => mean + ci95 < 0;

/** What the verdict says of the evidence: all of it, or of much the count and what speaks against it. */
function inWords(evidence: readonly Evidence[]): string {
  if (evidence.length <= listed) return evidence.map(said).join("; ");
  const others = evidence.filter((piece) => !isAbove(piece));
  const below = others.filter(isBelow).length;
  const count =
    `${evidence.length - others.length} of ${evidence.length} differences lie above zero with their whole interval` +
    (below > 0 ? `, ${below} below` : "");
  return others.length === 0 ? count : `${count}; not above: ${others.map(said).join("; ")}`;
}

function said(evidence: Evidence): string {
  return `${evidence.what}: ${measured(evidence)}`;
}

function measured({ difference: { mean, ci95 }, unit }: Evidence): string {
  // Two digits of the interval, and the mean to the same place.
  let digits = ci95 > 0 ? Math.min(4, Math.max(1, 1 - Math.floor(Math.log10(ci95)))) : 2;
  const size = Math.abs(mean);
  // An interval that seems to end at zero does not say on which side it ends.
  while (size !== ci95 && size.toFixed(digits) === ci95.toFixed(digits) && digits < 6) digits++;
  const number = `${mean < 0 ? "−" : "+"}${size.toFixed(digits)}`;
  const interval = Number.isNaN(ci95) ? " (one value, no interval)" : ` ± ${ci95.toFixed(digits)}`;
  return `${number}${interval} ${unit}`;
}

class ClaimView extends HtmlView {
  constructor(
    private readonly record: VerdictRecord,
    html: string,
    text: string,
  ) {
    super(html, text);
  }

  protected override more(): MimeBundle {
    return { [verdictType]: this.record };
  }
}

/** @param evidence that the words do not list whole */
function view(record: VerdictRecord, evidence: readonly Evidence[] = []): ClaimView {
  const { sign, words, colour } = verdictMark(record.verdict);
  const facts = Object.entries(record.facts).map(([name, value]) => `${name}: ${value}`);
  const html =
    `<div role="note" aria-label="Claim and verdict" style="border-left: 5px solid ${colour}; padding: 0.2em 1em; margin: 0.5em 0">` +
    `<p style="margin: 0.3em 0"><strong>Claim.</strong> ${escapeHtml(record.claim)}</p>` +
    `<p style="margin: 0.3em 0"><strong>${sign} ${words}.</strong> ${escapeHtml(record.words)}</p>` +
    evidenceHtml(evidence) +
    `<p style="margin: 0.3em 0; opacity: 0.75; font-size: 0.9em">${escapeHtml(facts.join(" · "))}</p></div>`;
  const text = [
    `Claim: ${record.claim}`,
    `${words}: ${record.words}`,
    facts.join(", "),
    ...evidence.map((piece) => `  ${said(piece)}`),
  ];
  return new ClaimView(record, html, text.join("\n"));
}

function evidenceHtml(evidence: readonly Evidence[]): string {
  if (evidence.length === 0) return "";
  const cell = (tag: "th" | "td", text: string) =>
    `<${tag} style="text-align: left">${escapeHtml(text)}</${tag}>`;
  const row = (tag: "th" | "td", what: string, value: string) =>
    `<tr>${cell(tag, what)}${cell(tag, value)}</tr>`;
  const rows = evidence.map((piece) => row("td", piece.what, measured(piece)));
  return (
    `<details style="margin: 0.3em 0"><summary>All ${evidence.length} differences</summary>` +
    `<table><thead>${row("th", "difference", "mean ± 95 % interval")}</thead><tbody>${rows.join("")}</tbody></table></details>`
  );
}
