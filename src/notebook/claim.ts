// What a notebook claims and what it found: a box at the top that its last cell fills in. The box's output carries
// both as JSON (application/vnd.igds.verdict+json), which the report's gallery and other programs read.
import type { MeanInterval } from "../evaluate/statistics";
import { machine } from "../tensor/machine";
import { type Verdict, type VerdictRecord, verdictMark, verdictType } from "./claimRecord";
import { escapeHtml, type MimeBundle } from "./mime";
import { duration } from "./progress";
import { type DisplayHandle, show } from "./show";
import { HtmlView } from "./views";

/** A measured difference that is above zero if the claim holds. */
export interface Evidence {
  /** What was compared, such as "IGDS minus plain diffusion, IPC 10". */
  readonly what: string;
  readonly difference: Pick<MeanInterval, "mean" | "ci95">;
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
      await place.update(
        view({
          ...record,
          verdict,
          words: words ?? evidence.map(said).join("; "),
          facts: { ...record.facts, "running time": time },
        }),
      );
      return verdict;
    },
  };
}

/** What intervals say together: each one must lie on one side of zero to count. */
export function verdictOf(evidence: readonly Evidence[]): Verdict {
  if (evidence.length === 0)
    throw new RangeError("verdict: expected at least one piece of evidence, found none.");
  const above = evidence.filter(({ difference: { mean, ci95 } }) => mean - ci95 > 0).length;
  const below = evidence.filter(({ difference: { mean, ci95 } }) => mean + ci95 < 0).length;
  if (above === evidence.length) return "holds";
  if (above > 0) return "partly";
  return below > 0 ? "fails" : "undecided";
}

function said({ what, difference: { mean, ci95 }, unit }: Evidence): string {
  // Two digits of the interval, and the mean to the same place.
  const digits = ci95 > 0 ? Math.min(4, Math.max(1, 1 - Math.floor(Math.log10(ci95)))) : 2;
  const number = `${mean < 0 ? "−" : "+"}${Math.abs(mean).toFixed(digits)}`;
  const interval = Number.isNaN(ci95) ? " (one value, no interval)" : ` ± ${ci95.toFixed(digits)}`;
  return `${what}: ${number}${interval} ${unit}`;
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

function view(record: VerdictRecord): ClaimView {
  const { sign, words, colour } = verdictMark(record.verdict);
  const facts = Object.entries(record.facts).map(([name, value]) => `${name}: ${value}`);
  const html =
    `<div role="note" aria-label="Claim and verdict" style="border-left: 5px solid ${colour}; padding: 0.2em 1em; margin: 0.5em 0">` +
    `<p style="margin: 0.3em 0"><strong>Claim.</strong> ${escapeHtml(record.claim)}</p>` +
    `<p style="margin: 0.3em 0"><strong>${sign} ${words}.</strong> ${escapeHtml(record.words)}</p>` +
    `<p style="margin: 0.3em 0; opacity: 0.75; font-size: 0.9em">${escapeHtml(facts.join(" · "))}</p></div>`;
  return new ClaimView(
    record,
    html,
    `Claim: ${record.claim}\n${words}: ${record.words}\n${facts.join(", ")}`,
  );
}
