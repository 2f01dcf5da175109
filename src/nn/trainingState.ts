// What a training that was killed goes on from: a file beside its result, written from time to time and removed at the end.
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import path from "node:path";
import { removeUnfinished } from "../tensor/atomicFile";
import { claim, holderOf, type Release } from "../tensor/claim";
import { readSafetensors, writeSafetensors } from "./safetensors";
import type { PlainTensorData } from "./safetensorsBytes";
import type { PlainTensor } from "./trainer";
import { WeightFileError } from "./weightTypes";

/** Seconds between two saved states. */
const SAVE_EVERY = 60;

/** A saved state. */
export interface SavedState {
  readonly tensors: ReadonlyMap<string, PlainTensor>;
  readonly values: Readonly<Record<string, string>>;
}

/** The state's file, in the hands of this process. */
export class TrainingState {
  private saved = performance.now();

  private constructor(
    private readonly file: string,
    readonly identity: string,
    private readonly saveEvery: number,
    private readonly release: Release,
  ) {}

  /**
   * Takes the file into this process's hands, whether or not it is there yet.
   * @param identity stands for all that the numbers depend on
   * @param saveEvery seconds
   * @returns null while another process has it
   */
  static async open(file: string, identity: string, saveEvery = SAVE_EVERY): Promise<TrainingState | null> {
    const release = await claim(claimOf(file));
    if (!release) return null;
    await removeUnfinished(path.dirname(file), [path.basename(file)]);
    return new TrainingState(file, identity, saveEvery, release);
  }

  /** As `open`. @throws if another process has it */
  static async openAlone(file: string, identity: string, saveEvery?: number): Promise<TrainingState> {
    const state = await TrainingState.open(file, identity, saveEvery);
    if (state) return state;
    const { pid, host } = await holderOf(claimOf(file)).catch(() => ({ pid: "unknown", host: "unknown" }));
    throw new Error(
      `${file}: another process is at work on this training (process ${pid} on ${host}). Wait for it, or write to another file.`,
    );
  }

  /** What was saved, or null. @throws if it is damaged, or that of other settings */
  async read(): Promise<SavedState | null> {
    if (!existsSync(this.file)) return null;
    const { tensors, metadata } = await readSafetensors(this.file).catch((error: Error) => {
      if (error instanceof WeightFileError)
        throw new Error(`${error.message} Delete it to start anew.`, { cause: error });
      throw error;
    });
    const { identity, ...values } = metadata;
    if (identity !== this.identity)
      throw new Error(
        `${this.file} is the state of a training run with other settings. Delete it to start anew, or use the same ` +
          `settings to go on. It was made with: ${identity}`,
      );
    return { tensors: tensors as ReadonlyMap<string, PlainTensor>, values };
  }

  /** Whether the last save is long enough ago. */
  get due(): boolean {
    return performance.now() - this.saved >= this.saveEvery * 1000;
  }

  async save(
    tensors: ReadonlyMap<string, PlainTensorData>,
    values: Readonly<Record<string, string>>,
  ): Promise<void> {
    await writeSafetensors(this.file, tensors, { metadata: { ...values, identity: this.identity } });
    this.saved = performance.now();
  }

  /** The training is at its end. */
  async remove(): Promise<void> {
    await rm(this.file, { force: true });
  }

  /** Lets another process have it. */
  close(): Promise<void> {
    return this.release();
  }
}

function claimOf(file: string): string {
  return path.join(path.dirname(file), `.${path.basename(file)}.lock`);
}
