// What a page and its worker say to each other.
import type { StepRecord } from "../diffusion/stepRecord";
import type { BrowserBackend } from "../tensor/engine.browser";
import type { PageContent } from "./content";
import type { GuidanceChanges, PlaygroundSettings } from "./settings";

export type Command =
  /** Start the engine: the named one, or the fastest that is right. Everything else follows "opened". */
  | { readonly kind: "open"; readonly content: PageContent; readonly backend: BrowserBackend | null }
  | { readonly kind: "start"; readonly settings: PlaygroundSettings }
  | { readonly kind: "step" }
  | { readonly kind: "play" }
  | { readonly kind: "pause" }
  | { readonly kind: "back"; readonly count: number }
  /** Other guidance for one of the lanes, from the next step on; `again`: from the newest one, which is taken again. */
  | {
      readonly kind: "change";
      readonly lane: number;
      readonly changes: GuidanceChanges;
      readonly again: boolean;
    }
  /** A second lane that differs from step `at` on, in place of the one that is there. */
  | { readonly kind: "fork"; readonly at: number | null; readonly changes: GuidanceChanges }
  /** Only the first lane stays. */
  | { readonly kind: "unfork" };

/** A lane as it is now: of the records that the page has, the first `kept` stay, and `added` follow. */
export interface LaneReport {
  readonly label: string;
  /** Of the next step. */
  readonly settings: PlaygroundSettings;
  readonly kept: number;
  readonly added: readonly StepRecord[];
}

export interface StateReport {
  readonly kind: "state";
  readonly lanes: readonly LaneReport[];
  readonly playing: boolean;
  readonly done: boolean;
  /** Median over the newest steps, of one lane; null before the first one. */
  readonly millisecondsPerStep: number | null;
  /** The cell of a notebook that makes the same runs. */
  readonly cell: string;
}

export interface OpenedReport {
  readonly kind: "opened";
  readonly backend: BrowserBackend;
  /** Why faster engines do not run, if there are any. */
  readonly reason: string | null;
  /** Largest difference of the first step to where the page was written. */
  readonly difference: number;
}

export type Report =
  | OpenedReport
  | StateReport
  /** `fatal`: nothing can be done in this page. */
  | { readonly kind: "failed"; readonly message: string; readonly fatal: boolean };
