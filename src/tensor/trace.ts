// Records what a function does to tensors. While a trace is open the native binding is replaced by one
// that executes every operation as usual and writes it down as well: eager execution gives shapes and
// types for free, and gradients, which tfjs builds out of the same operations, are recorded like the rest.
import mapValues from "lodash/mapValues";
import { type NativeAttribute, type NativeBackend, type NativeBinding, type Tensor, tf } from "./engine";

/** One recorded operation. `inputs` and `outputs` are ids of the native tensors; the addon gives none out twice. */
export interface TracedOp {
  readonly name: string;
  readonly attributes: readonly NativeAttribute[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** Where the operation stands for others (inGraphAs): those, for a TensorFlow that does not have it. */
  readonly composed?: readonly TracedOp[];
}

/** A value that entered from JavaScript while the function ran. */
export interface TracedConstant {
  readonly shape: readonly number[];
  readonly dtype: number;
  readonly values: ArrayLike<number>;
}

export interface Trace {
  readonly ops: readonly TracedOp[];
  readonly constants: ReadonlyMap<number, TracedConstant>;
  /** Ids of the tensors that the function returned, in order, with their shapes and types. */
  readonly outputs: readonly { readonly id: number; readonly shape: number[]; readonly dtype: number }[];
}

/** Tensors from outside that are not declared as state are baked into the graph, up to this many values. */
const LARGEST_CAPTURE = 1 << 18;

/** Writes one operation down in place of those that its values are composed of; null while nothing is recorded. */
let recordAs: ((node: GraphOp, composed: () => Tensor[]) => Tensor[]) | null = null;

/** @returns whether a trace is being recorded: a compiled function called now is inlined into it. */
export function isTracing(): boolean {
  return recordAs !== null;
}

/** Inside tf.grad the tape must see the single operations, but for those of a gradient written by hand. */
export function insideGradient(): boolean {
  const { gradientDepth, kernelDepth } = (
    tf.engine() as unknown as { state: { gradientDepth: number; kernelDepth: number } }
  ).state;
  return gradientDepth > 0 && kernelDepth === 0;
}

/** Kinds of attributes in the C API (tensorflow/c/c_api.h, TF_AttrType). */
export const attributeKinds = { string: 0, int: 1, float: 2, bool: 3, type: 4, shape: 5 } as const;

/** An operation that TensorFlow has in graphs only, such as those that Grappler puts in place of others. */
export interface GraphOp {
  readonly name: string;
  readonly attributes: readonly NativeAttribute[];
  readonly inputs: readonly Tensor[];
}

/**
 * A value that a graph computes by one operation, and single calls, gradients and a TensorFlow without that operation
 * by those of `composed`. The two must agree to rounding; nothing made inside `composed` may be used outside.
 */
export function inGraphAs<T extends Tensor>(node: GraphOp, composed: () => T): T {
  return allInGraphAs(node, () => [composed()])[0] as T;
}

/** As {@link inGraphAs}, for an operation with several results. */
export function allInGraphAs(node: GraphOp, composed: () => Tensor[]): Tensor[] {
  return recordAs && !insideGradient() ? recordAs(node, composed) : composed();
}

/**
 * Runs `fn` once and records it.
 *
 * @param inputs tensors that stand for the arguments and the state; their ids become placeholders
 * @param fn reads `inputs`, returns the tensors that the graph shall compute
 * @throws when `fn` reads a tensor's values (they would be frozen into the graph), draws random numbers,
 *   or captures a large tensor that should have been passed as state
 */
export function trace(backend: NativeBackend, inputs: readonly Tensor[], fn: () => Tensor[]): Trace {
  const native = backend.binding;
  const ops: TracedOp[] = [];
  const constants = new Map<number, TracedConstant>();
  const known = new Set<number>(backend.getInputTensorIds(inputs));

  // Shapes and types of tensors from outside, noted as they are looked up by the backend.
  const capturedTensors = new Map<number, { shape: number[]; dtype: number }>();

  const capture = (id: number, op: string) => {
    const values = native.tensorDataSync(id);
    if (values.length > LARGEST_CAPTURE)
      throw new Error(
        `compile: ${op} uses a tensor of ${values.length.toLocaleString("en")} values that is neither an input nor ` +
          "state. Pass it as an argument or as state: it would be copied into the graph as a constant.",
      );
    return values;
  };

  const requireKnown = (id: number, op: string) => {
    if (known.has(id)) return;
    const captured = capturedTensors.get(id);
    if (!captured) throw new Error(`compile: ${op} uses a tensor of unknown origin (id ${id}).`);
    constants.set(id, { ...captured, values: capture(id, op) });
    known.add(id);
  };

  /** Where operations are written down. */
  let target = ops;
  const record = ({ name, attributes, inputs: given }: GraphOp, composed: () => Tensor[]): Tensor[] => {
    const ids = backend.getInputTensorIds(given);
    for (const id of ids) requireKnown(id, name);
    const outer = target;
    const inner: TracedOp[] = [];
    target = inner;
    try {
      const values = tf.tidy(composed);
      const outputs = backend.getInputTensorIds(values);
      outer.push({ name, attributes, inputs: ids, outputs, composed: inner });
      return values;
    } finally {
      target = outer;
    }
  };

  const typeAttributes = (types: Record<string, number>): NativeAttribute[] =>
    Object.entries(types).map(([name, value]) => ({ name, type: native.TF_ATTR_TYPE, value }));

  const recording: Pick<NativeBinding, "createTensor" | "tensorDataSync" | "executeOp" | "runSavedModel"> = {
    createTensor(shape, dtype, values) {
      const id = native.createTensor(shape, dtype, values);
      constants.set(id, { shape: [...shape], dtype, values });
      known.add(id);
      return id;
    },
    tensorDataSync() {
      throw new Error(
        "compile: the function reads a tensor's values (data, dataSync, array, print). A traced graph cannot: " +
          "return the tensor and read it outside.",
      );
    },
    executeOp(name, attributes, ids, count) {
      for (const id of ids) requireKnown(id, name);
      const results = native.executeOp(name, attributes, ids, count);
      for (const result of results) known.add(result.id);
      // tfjs-node leaves this operation's types to the eager runtime, which a graph does not have.
      const complete =
        name === "ExpandDims" ? typeAttributes({ T: results[0].dtype, Tdim: native.TF_INT32 }) : attributes;
      target.push({
        name,
        attributes: complete,
        inputs: [...ids],
        outputs: results.map((result) => result.id),
      });
      return results;
    },
    runSavedModel() {
      throw new Error("compile: a compiled function was run natively inside a trace; this is a bug.");
    },
  };

  const lookUp = backend.getInputTensorIds.bind(backend);
  const random = Math.random;
  recordAs = record;
  // The native object's own properties cannot be written: shadow them.
  backend.binding = Object.create(
    native,
    mapValues(recording, (value) => ({ value })),
  ) as NativeBinding;
  backend.getInputTensorIds = (tensors) => {
    const ids = lookUp(tensors);
    tensors.forEach((tensor, i) => {
      if (!tensor.dataId || known.has(ids[i])) return;
      const { shape, dtype } = backend.tensorMap.get(tensor.dataId);
      capturedTensors.set(ids[i], { shape, dtype });
    });
    return ids;
  };
  // tfjs draws random tensors in JavaScript: inside a graph they would be the same at every call.
  Math.random = () => {
    throw new Error(
      "compile: the function draws random numbers, which a graph would repeat at every call. Draw them with a Seed " +
        "outside and pass them in.",
    );
  };
  const outputs: { id: number; shape: number[]; dtype: number }[] = [];
  try {
    tf.tidy(() => {
      for (const tensor of fn()) {
        const [id] = backend.getInputTensorIds([tensor]);
        const { shape, dtype } = backend.tensorMap.get(tensor.dataId);
        if (!known.has(id)) constants.set(id, { shape, dtype, values: capture(id, "the result") });
        known.add(id);
        outputs.push({ id, shape: [...shape], dtype });
      }
    });
    return { ops, constants, outputs };
  } finally {
    recordAs = null;
    Math.random = random;
    backend.binding = native;
    backend.getInputTensorIds = lookUp;
  }
}
