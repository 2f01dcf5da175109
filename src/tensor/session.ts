// A trace as a TensorFlow session: written as a SavedModel, loaded, and the file is removed again. State lives in
// resource variables inside the session, so weights are not copied at each call and a training step with its optimiser
// is one call.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type NativeBackend, type Tensor, type Tensor1D, type Tensor2D, tf } from "./engine";
import { FUSED_PRODUCT, productBiasGelu } from "./graphOps";
import { GraphWriter, type SessionOptions, type Slot } from "./graphWriter";
import { disposedOf } from "./heldState";
import { type Trace, type TracedOp, trace } from "./trace";

/** Whether this TensorFlow has the operations that stand for others (inGraphAs); known after the first such graph. */
let hasGraphOps = true;

/** Whether products with their bias and GELU run, of float32 and of bfloat16; known after the first such graph. */
const runsFused = new Map<boolean, boolean>();

/** The places in a graph of tensors that it was recorded with. */
export function slotsOf(backend: NativeBackend, tensors: readonly Tensor[]): Slot[] {
  return tensors.map((tensor) => ({
    id: backend.getInputTensorIds([tensor])[0],
    shape: tensor.shape,
    dtype: backend.tensorMap.get(tensor.dataId).dtype,
  }));
}

export class Session {
  private readonly id: number;
  private readonly inputNames: string;
  private readonly outputNames: string;
  private disposed = false;

  /**
   * @param inputs placeholders, in calling order
   * @param state tensors that stay in the session between calls
   * @param updates for each state tensor the index of the trace output that replaces it after a call, or -1
   * @param results how many of the first trace outputs are returned to the caller
   */
  constructor(
    private readonly backend: NativeBackend,
    trace: Trace,
    inputs: readonly Slot[],
    private readonly state: readonly Slot[],
    updates: readonly number[],
    private readonly results: number,
    private readonly options: SessionOptions,
  ) {
    const write = (ops: readonly TracedOp[]): { bytes: Uint8Array; fetched: string[] } => {
      const graph = new GraphWriter(options);
      inputs.forEach((slot, i) => {
        graph.placeholder(`input_${i}`, slot);
        graph.bind(slot.id, `input_${i}:0`);
      });
      state.forEach((slot, i) => {
        graph.variable(`state_${i}`, slot);
        graph.bind(slot.id, `state_${i}_read:0`);
      });
      for (const [id, constant] of trace.constants) graph.constant(id, constant);
      for (const op of ops) graph.operation(op);
      const fetched: string[] = [];
      for (let i = 0; i < results; i++) {
        graph.identity(`output_${i}`, trace.outputs[i]);
        fetched.push(`output_${i}:0`);
      }
      // All reads come before any assignment, whatever order the executor likes.
      const reads = state.map((_, i) => `^state_${i}_read`);
      const assignments: string[] = [];
      updates.forEach((output, i) => {
        if (output < 0) return;
        graph.assign(`state_${i}_update`, `state_${i}`, trace.outputs[output], reads);
        assignments.push(`^state_${i}_update`);
      });
      if (assignments.length > 0) {
        graph.signal("updated", assignments);
        fetched.push("updated:0");
      }
      graph.signal(
        "initialised",
        state.map((_, i) => `^state_${i}_set`),
      );
      return { bytes: graph.savedModel(), fetched };
    };
    const { id, fetched } = this.load(this.withoutRefused(trace.ops), write);
    this.id = id;
    this.inputNames = inputs.map((_, i) => `input_${i}:0`).join(",");
    this.outputNames = fetched.join(",");
  }

  /**
   * TensorFlow loads a graph with a fused product and refuses it when it runs, where oneDNN is off or, of bfloat16, the
   * processor has no AVX-512. So one of a single number is run first.
   */
  private withoutRefused(ops: readonly TracedOp[]): readonly TracedOp[] {
    const { backend, options } = this;
    if (!hasGraphOps || !ops.some(({ name }) => name === FUSED_PRODUCT)) return ops;
    if (!runsFused.has(options.bfloat16)) {
      runsFused.set(options.bfloat16, true); // for the graph of the trial
      runsFused.set(options.bfloat16, runsOneProduct(backend, options));
    }
    return runsFused.get(options.bfloat16)
      ? ops
      : ops.flatMap((op) => (op.name === FUSED_PRODUCT && op.composed ? op.composed : [op]));
  }

  /** Loads the graph; without the operations that stand for others where TensorFlow refuses them. */
  private load(
    ops: readonly TracedOp[],
    write: (ops: readonly TracedOp[]) => { bytes: Uint8Array; fetched: string[] },
  ): { id: number; fetched: string[] } {
    const read = (list: readonly TracedOp[]) => {
      const { bytes, fetched } = write(list);
      const folder = mkdtempSync(path.join(tmpdir(), "igds-graph-"));
      try {
        writeFileSync(path.join(folder, "saved_model.pb"), bytes);
        return { id: this.backend.binding.loadSavedModel(folder, "serve"), fetched };
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    };
    const plain = composedOf(ops);
    // Not by their number: a convolution stands for exactly one operation.
    if (!hasGraphOps || !ops.some(({ composed }) => composed)) return read(plain);
    try {
      return read(ops);
    } catch {
      const loaded = read(plain); // throws where the fault is another one
      hasGraphOps = false;
      return loaded;
    }
  }

  /** Runs the graph once. @returns its results, as tensors of the caller's scope */
  run(inputs: readonly Tensor[]): Tensor[] {
    this.assertAlive();
    return this.fetch(inputs, this.inputNames, this.outputNames).slice(0, this.results);
  }

  /** Replaces the state that the session holds. */
  setState(values: readonly Tensor[]): void {
    this.assertAlive();
    if (values.length === 0) return;
    const names = values.map((_, i) => `state_${i}_init:0`).join(",");
    for (const tensor of this.fetch(values, names, "initialised:0")) tensor.dispose();
  }

  /** @returns copies of the state that the session holds */
  getState(): Tensor[] {
    this.assertAlive();
    if (this.state.length === 0) return [];
    return this.fetch([], "", this.state.map((_, i) => `state_${i}_read:0`).join(","));
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.backend.binding.deleteSavedModel(this.id);
  }

  private fetch(inputs: readonly Tensor[], inputNames: string, outputNames: string): Tensor[] {
    const ids = this.backend.getInputTensorIds(inputs);
    const results = this.backend.binding.runSavedModel(this.id, ids, inputNames, outputNames);
    const tensors = results.map((result) => this.backend.createOutputTensor(result));
    // The signal that updates are done carries no value.
    while (tensors.length > this.results && outputNames.endsWith("updated:0")) tensors.pop()?.dispose();
    return tensors;
  }

  private assertAlive(): void {
    if (this.disposed) throw disposedOf();
  }
}

/** The operations with those that others stand for in their places. */
function composedOf(ops: readonly TracedOp[]): TracedOp[] {
  return ops.flatMap((op) => (op.composed ? composedOf(op.composed) : [op]));
}

function runsOneProduct(backend: NativeBackend, options: SessionOptions): boolean {
  const inputs = [
    tf.ones([1, 1]) as Tensor2D,
    tf.ones([1, 1]) as Tensor2D,
    tf.ones([1]) as Tensor1D,
  ] as const;
  const [x, w, b] = inputs;
  const product = () => [productBiasGelu(x, w, b, () => tf.add(tf.matMul(x, w), b) as Tensor2D)];
  const recorded = trace(backend, inputs, product);
  const session = new Session(backend, recorded, slotsOf(backend, inputs), [], [], 1, options);
  try {
    tf.dispose(session.run(inputs));
    return true;
  } catch {
    return false;
  } finally {
    session.dispose();
    tf.dispose([...inputs]);
  }
}
