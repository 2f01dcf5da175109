// The networks that learn from real images before they guide: learners for the set term, and the network of influence
// guidance. Each is trained once, bit by bit while a run prepares its first step, or in one go where a step did not wait.
import type { Dataset } from "../datasets/dataset";
import { learnerFeatures } from "../guidance/learners";
import {
  disposeTrainingNetwork,
  expectTraining,
  type TrainingNetwork,
  trainingSteps,
} from "../guidance/trainingNetwork";
import { disposeFeatures, type FeatureMap } from "../nn/randomFeatures";
import type { ProgressEvent } from "../tensor/progress";
import { Seed } from "../tensor/random";
import { atOnce, bitByBit } from "../tensor/stepwise";
import type { ClassKnowledge } from "./classContext";

/** What terms need: learners from as many images of each class, or the network of influence guidance. */
export type Need = `learners ${number}` | "influence";

/** Told of every step of training. */
type Told = (event: ProgressEvent) => void;

type Groups = FeatureMap[][];

/** @throws once it is disposed of */
export class TaughtNetworks {
  private readonly groups = new Map<Need, Groups>();
  private network: TrainingNetwork | null = null;
  /** What is being taught, and who wants to know: runs that wait for the same networks share the work. */
  private readonly lessons = new Map<Need, { readonly done: Promise<void>; readonly told: Set<Told> }>();
  private disposed = false;

  constructor(
    private readonly dataset: Dataset,
    private readonly classContext: ClassKnowledge,
  ) {}

  /** Whether it is there. @throws where it is not, and the engine cannot train */
  has(need: Need): boolean {
    const there = need === "influence" ? this.network !== null : this.groups.has(need);
    if (!there) expectTraining();
    return there;
  }

  /** Groups of feature maps, by the images of each class that they learn from. */
  learners(ipc: number): Groups {
    const need: Need = `learners ${ipc}`;
    return this.groups.get(need) ?? this.keepLearners(need, atOnce(this.learnerSteps(ipc)));
  }

  /** The network of influence guidance. */
  influence(): TrainingNetwork {
    return this.network ?? this.keepNetwork(atOnce(this.networkSteps()));
  }

  /**
   * Teaches what is not there yet, while others get their turn.
   * @throws what the running cell was interrupted with
   */
  async prepare(needs: readonly Need[], told: Told = () => {}): Promise<void> {
    for (const need of needs) {
      if (this.has(need)) continue;
      let lesson = this.lessons.get(need);
      if (!lesson) {
        // The first step is taken at once: who began is told of it too.
        const listeners = new Set([told]);
        const done = this.teach(need, (event) => {
          for (const listener of listeners) listener(event);
        }).finally(() => this.lessons.delete(need));
        lesson = { done, told: listeners };
        this.lessons.set(need, lesson);
      }
      lesson.told.add(told);
      await lesson.done;
    }
  }

  dispose(): void {
    this.disposed = true;
    if (this.network) disposeTrainingNetwork(this.network);
    this.network = null;
    for (const groups of this.groups.values()) freeGroups(groups);
    this.groups.clear();
  }

  private async teach(need: Need, told: Told): Promise<void> {
    if (need === "influence") this.keepNetwork(await bitByBit(this.networkSteps(), told));
    else {
      const ipc = Number(need.slice("learners ".length));
      this.keepLearners(need, await bitByBit(this.learnerSteps(ipc), told));
    }
  }

  /** Those that a step could not wait for may have come first: they stay. */
  private keepLearners(need: Need, groups: Groups): Groups {
    const earlier = this.groups.get(need);
    if (earlier || this.disposed) freeGroups(groups);
    if (this.disposed) throw disposedOf();
    if (!earlier) this.groups.set(need, groups);
    return earlier ?? groups;
  }

  private keepNetwork([network]: readonly TrainingNetwork[]): TrainingNetwork {
    const earlier = this.network;
    if (earlier || this.disposed) disposeTrainingNetwork(network);
    if (this.disposed) throw disposedOf();
    this.network = earlier ?? network;
    return this.network;
  }

  private learnerSteps(ipc: number) {
    const seed = new Seed("learners").child(this.dataset.name);
    return learnerFeatures(this.dataset, this.classContext.fitted, ipc, seed);
  }

  private networkSteps() {
    const seed = new Seed("training network").child(this.dataset.name);
    return trainingSteps(this.dataset, [{ among: this.classContext.fitted, seed }]);
  }
}

function freeGroups(groups: Groups): void {
  for (const group of groups) disposeFeatures(group);
}

/** What is said where something is asked of a distiller that holds nothing any more. */
export function disposedOf(): Error {
  return new Error("This distiller has been disposed of: open it again.");
}
