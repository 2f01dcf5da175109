// The runs of a playground: one, or one and its fork, stepped side by side. All that is done to them is done by Run and
// Distiller, as in a notebook; this keeps two of them level and remembers with which settings each step was taken.
import type { Run } from "../diffusion/run";
import type { StepRecord } from "../diffusion/stepRecord";
import type { Distiller, StartOptions } from "../distill/distiller";
import { notebookCell } from "./cell";
import type { LaneReport, StateReport } from "./protocol";
import { type GuidanceChanges, type PlaygroundSettings, stretchesOf } from "./settings";

/** Steps that the time of one is the median over. */
const TIMED = 9;

interface Lane {
  readonly run: Run<StartOptions>;
  /** Of the next step. */
  settings: PlaygroundSettings;
  /** What the page has of it. */
  shown: readonly StepRecord[];
}

export class Studio {
  private lanes: Lane[] = [];
  /** The settings that a record was taken with; a fork shares the records of its past. */
  private readonly taken = new WeakMap<StepRecord, PlaygroundSettings>();
  private times: number[] = [];

  constructor(private readonly distiller: Distiller) {}

  start(settings: PlaygroundSettings): void {
    this.lanes = [laneOf(this.distiller.start({ ...settings, label: "igds" }), settings)];
    this.times = [];
  }

  get done(): boolean {
    return this.lanes.every(({ run }) => run.done);
  }

  /** Whether all lanes have taken as many steps. */
  get level(): boolean {
    return new Set(this.lanes.map(({ run }) => run.records.length)).size < 2;
  }

  /** One step of each lane, or of the shorter one alone. */
  async step(): Promise<void> {
    const shortest = Math.min(...this.lanes.map(({ run }) => run.records.length));
    for (const lane of this.lanes) {
      if (lane.run.records.length === shortest && !lane.run.done) await this.stepLane(lane);
    }
  }

  private async stepLane({ run, settings }: Lane): Promise<void> {
    const before = performance.now();
    const record = await run.step();
    // A step that was taken back and is taken again costs nothing, and was taken with other settings perhaps.
    if (this.taken.has(record)) return;
    this.times = [...this.times.slice(1 - TIMED), performance.now() - before];
    this.taken.set(record, settings);
  }

  /** Takes steps back, from the longer lane first. */
  back(count: number): void {
    const longest = Math.max(...this.lanes.map(({ run }) => run.records.length));
    for (const { run } of this.lanes) run.back(run.records.length - Math.max(0, longest - count));
  }

  /** Other guidance from the next step on, or from the newest one, which is then taken again. */
  async change(lane: number, changes: GuidanceChanges, again: boolean): Promise<void> {
    const changed = this.lanes[lane];
    if (!changed) return;
    const begun = again && changed.run.records.length > 0;
    if (begun) changed.run.back(1);
    changed.run.change(changes);
    changed.settings = { ...changed.settings, ...changes };
    if (begun) await this.stepLane(changed);
  }

  /** A second lane that shares the noise of the first, and its steps before `at`. */
  fork(at: number | null, changes: GuidanceChanges): void {
    const [first] = this.lanes;
    if (!first) return;
    const begun = at !== null && first.run.records.some(({ index }) => index === at);
    const label = "fork";
    const run = begun ? first.run.fork({ ...changes, label }, { at }) : this.anew(first, changes, label);
    this.lanes = [first, laneOf(run, { ...first.settings, ...changes })];
  }

  unfork(): void {
    this.lanes = this.lanes.slice(0, 1);
  }

  /** What has changed since the last report, and the cell that makes the same runs. */
  report(playing: boolean): StateReport {
    const sorted = [...this.times].sort((a, b) => a - b);
    return {
      kind: "state",
      lanes: this.lanes.map(laneReport),
      playing,
      done: this.done,
      millisecondsPerStep: sorted[Math.floor(sorted.length / 2)] ?? null,
      cell: notebookCell(
        this.distiller.dataset.name,
        this.lanes.map(({ run, settings }) => ({
          label: run.label,
          settings,
          stretches: stretchesOf(run.records, (record) => this.taken.get(record) ?? settings),
        })),
      ),
    };
  }

  private anew(first: Lane, changes: GuidanceChanges, label: string): Run<StartOptions> {
    return this.distiller.start({ ...first.settings, ...changes, label });
  }
}

function laneOf(run: Run<StartOptions>, settings: PlaygroundSettings): Lane {
  return { run, settings, shown: [] };
}

function laneReport(lane: Lane): LaneReport {
  const { run, settings, shown } = lane;
  const records = [...run.records];
  let kept = 0;
  while (kept < shown.length && kept < records.length && shown[kept] === records[kept]) kept++;
  lane.shown = records;
  return { label: run.label, settings, kept, added: records.slice(kept) };
}
