// What the page has of a run, and how it keeps up with the worker.
import type { StepRecord } from "../../diffusion/stepRecord";
import type { LaneReport } from "../protocol";
import type { PlaygroundSettings } from "../settings";

export interface PageLane {
  readonly label: string;
  /** Of the next step. */
  readonly settings: PlaygroundSettings;
  readonly records: readonly StepRecord[];
}

/** The lanes after a report. */
export function updated(lanes: readonly PageLane[], reports: readonly LaneReport[]): PageLane[] {
  return reports.map(({ label, settings, kept, added }, i) => ({
    label,
    settings,
    records: [...(lanes[i]?.records.slice(0, kept) ?? []), ...added],
  }));
}

/** The record of a lane at a place, or its newest before that. */
export function recordAt({ records }: PageLane, place: number): StepRecord | undefined {
  return records[Math.min(place, records.length - 1)];
}

/** Both bounds at a step in words; the set's are the means over its images. */
export function inWords(record: StepRecord, ipc: number, classes: number): string {
  const { bounds, index, count, t } = record;
  const place = `Step ${index + 1} of ${count}, t = ${t}`;
  if (!bounds) return `${place}.`;
  const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const nats = (value: number) => value.toFixed(2);
  return (
    `${place}: prototype information ${nats(mean(bounds.prototype))} of at most ${nats(Math.log(classes))} nats, ` +
    `contextual ${nats(mean(bounds.contextual.low))} to ${nats(mean(bounds.contextual.high))} of at most ` +
    `${nats(Math.log(ipc))} nats.`
  );
}
