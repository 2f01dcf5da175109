// Where evaluations keep what they have done, so that a killed one goes on: a file for each set, named by all that its numbers
// depend on, until the last of them is done.
import { createHash } from "node:crypto";
import { rmdir } from "node:fs/promises";
import path from "node:path";
import { type SavedState, TrainingState } from "../nn/trainingState";
import { sliceBatch } from "../tensor/batch";
import { engineInfo } from "../tensor/engine";
import type { LabelledSet } from "./labelledSet";
import type { RealImages } from "./realImages";
import type { BegunNetwork, FixedProtocol, Teacher, TrainedNetwork } from "./trainOnSet";

/** Real images that stand for all of them in a state's name, and those that a teacher is told by. */
const SAMPLED = { images: 200, scored: 8 } as const;

/** What is done of the evaluation of one set. */
export interface BegunEvaluation {
  /** Networks that are trained and tested. */
  readonly runs: readonly TrainedNetwork[];
  /** The one that is in training. */
  readonly begun: BegunNetwork | null;
}

/** The state of the evaluation of one set. */
export class EvaluationState {
  constructor(
    readonly file: TrainingState,
    private readonly unkept: (error: Error) => null,
  ) {}

  async read(): Promise<BegunEvaluation> {
    const saved = await this.file.read();
    return saved ? parsed(saved) : { runs: [], begun: null };
  }

  get due(): boolean {
    return this.file.due;
  }

  /** An evaluation that cannot be kept goes on without. */
  async save({ runs, begun }: BegunEvaluation): Promise<void> {
    const values = {
      runs: JSON.stringify(
        runs.map(({ accuracies, predicted }) => ({ accuracies, predicted: [...predicted] })),
      ),
      ...(begun ? { step: `${begun.step}`, accuracies: JSON.stringify(begun.accuracies) } : {}),
    };
    await this.file.save(begun?.weights ?? new Map(), values).catch(this.unkept);
  }
}

/** Options of `EvaluationStates`. */
export interface EvaluationStatesOptions {
  /** Of the code: what another version has begun is not gone on with. */
  readonly version?: string;
  /** Seconds between two saved states. Default 60. */
  readonly saveEvery?: number;
  /** Told if states cannot be written; the evaluation goes on. */
  readonly say?: (line: string) => void;
}

/**
 * The states of all evaluations of one command, in a folder that is made when it is needed.
 * @example
 * const states = new igds.evaluate.EvaluationStates("out/evaluations");
 * await igds.evaluateSet(set, dataset, { seeds: [0], steps: 20, states });
 * await states.remove();
 */
export class EvaluationStates {
  private readonly opened = new Map<string, EvaluationState>();
  private told = false;

  constructor(
    private readonly folder: string,
    private readonly options: EvaluationStatesOptions = {},
  ) {}

  /**
   * The state of one evaluation; null where another process is at the same one, or the folder cannot be written.
   * @internal
   */
  async of(
    set: LabelledSet,
    real: RealImages,
    protocol: FixedProtocol,
    teacher?: Teacher,
  ): Promise<EvaluationState | null> {
    const { version = "", saveEvery } = this.options;
    const identity = identityOf(version, set, real, protocol, teacher);
    const known = this.opened.get(identity);
    if (known) return known;
    const file = path.join(this.folder, `${identity.slice(0, 32)}.safetensors`);
    const unkept = this.unkept.bind(this);
    const saved = await TrainingState.open(file, identity, saveEvery).catch(unkept);
    if (!saved) return null;
    const state = new EvaluationState(saved, unkept);
    this.opened.set(identity, state);
    return state;
  }

  /** Removes them: everything is done. */
  async remove(): Promise<void> {
    for (const { file } of this.opened.values()) await file.remove();
    await this.close();
    await rmdir(this.folder).catch(() => {}); // others may be at work there
  }

  /** Leaves them to another process. */
  async close(): Promise<void> {
    for (const { file } of this.opened.values()) await file.close();
    this.opened.clear();
  }

  private unkept(error: Error): null {
    if (!this.told)
      this.options.say?.(`What is done is not kept, a killed run begins anew: ${error.message}`);
    this.told = true;
    return null;
  }
}

/** Hash of all that the numbers depend on. */
function identityOf(
  version: string,
  { images, labels, targets }: LabelledSet,
  real: RealImages,
  protocol: FixedProtocol,
  teacher?: Teacher,
): string {
  const { backend, tensorflow, device } = engineInfo;
  const hash = createHash("sha256");
  hash.update(
    JSON.stringify([version, protocol, images.shape, targets?.length, backend, tensorflow, device]),
  );
  const sample = real.part(0, Math.min(SAMPLED.images, real.labels.length));
  const scored = Math.min(SAMPLED.scored, sample.shape[0]);
  const scores = teacher?.logits(sliceBatch(sample, 0, scored));
  for (const values of [images.data, labels, targets, real.labels, sample.data, scores])
    if (values) hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return hash.digest("hex");
}

function parsed({ tensors, values }: SavedState): BegunEvaluation {
  const runs = JSON.parse(values.runs ?? "[]") as { accuracies: number[]; predicted: number[] }[];
  return {
    runs: runs.map(({ accuracies, predicted }) => ({ accuracies, predicted: Int32Array.from(predicted) })),
    begun:
      values.step === undefined
        ? null
        : {
            step: Number(values.step),
            accuracies: JSON.parse(values.accuracies ?? "[]") as number[],
            weights: tensors,
          },
  };
}
