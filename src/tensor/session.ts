// A trace as a TensorFlow session: nodes are written as a SavedModel (the only way in that the addon
// has), loaded, and the file is removed again. State lives in resource variables inside the session, so
// weights are not copied at each call and a training step with its optimiser is one call.
//
// The addon lets TensorFlow use the memory of a typed array where it is aligned, and gives the array back to V8 on the
// thread that drops the last tensor. A variable is replaced on any of TensorFlow's threads, where V8 must not be
// touched: so what goes into a variable is never an input itself but a copy.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import type * as Proto from "@tensorflow/tfjs-node-gpu/dist/proto/api_pb";
import { engineInfo, type NativeAttribute, type NativeBackend, type Tensor } from "./engine";
import type { Trace, TracedConstant } from "./trace";

// Without the native engine nothing is recorded, and the package that has these classes may be missing.
const proto = (
  engineInfo.backend === "tensorflow"
    ? createRequire(__filename)("@tensorflow/tfjs-node-gpu/dist/proto/api_pb")
    : { DataType: {} }
) as typeof Proto;

const { DT_FLOAT, DT_INT32, DT_BOOL, DT_BFLOAT16 } = proto.DataType;

/** GraphDef version that this writer follows; older producers get compatibility rewrites that we do not want. */
const PRODUCER = 1087;

/** Operations whose float32 operands are worth rounding to bfloat16: the products. */
const PRODUCTS = new Map<string, readonly number[]>([
  ["MatMul", [0, 1]],
  ["BatchMatMulV2", [0, 1]],
  ["Conv2D", [0, 1]],
  ["Conv2DBackpropInput", [1, 2]],
  ["Conv2DBackpropFilter", [0, 2]],
]);

/** Operations whose result may be their operand under another name. */
const ALIASES = new Set([
  "Identity",
  "Reshape",
  "Squeeze",
  "ExpandDims",
  "Slice",
  "StridedSlice",
  "Split",
  "SplitV",
  "Unpack",
]);

export interface SessionOptions {
  /** Round the operands of matrix products and convolutions to bfloat16 (error about 3e-3). */
  readonly bfloat16: boolean;
}

/** A placeholder's native tensor at trace time. */
export interface Slot {
  readonly id: number;
  readonly shape: readonly number[];
  readonly dtype: number;
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
    options: SessionOptions,
  ) {
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
    for (const op of trace.ops) graph.operation(op.name, op.attributes, op.inputs, op.outputs);
    const names: string[] = [];
    for (let i = 0; i < results; i++) {
      graph.identity(`output_${i}`, trace.outputs[i]);
      names.push(`output_${i}:0`);
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
      names.push("updated:0");
    }
    graph.signal(
      "initialised",
      state.map((_, i) => `^state_${i}_set`),
    );

    const folder = mkdtempSync(path.join(tmpdir(), "igds-graph-"));
    try {
      writeFileSync(path.join(folder, "saved_model.pb"), graph.savedModel());
      this.id = backend.binding.loadSavedModel(folder, "serve");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    this.inputNames = inputs.map((_, i) => `input_${i}:0`).join(",");
    this.outputNames = names.join(",");
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
    if (this.disposed)
      throw new Error("compile: this compiled function has been disposed of; compile it again.");
  }
}

/** Writes NodeDefs one by one and remembers which node computes which native tensor. */
class GraphWriter {
  private readonly nodes: Proto.NodeDef[] = [];
  private readonly sources = new Map<number, string>();
  /** Sources that may lie in the memory of an input. */
  private readonly lent = new Set<string>();

  constructor(private readonly options: SessionOptions) {}

  bind(id: number, source: string): void {
    this.sources.set(id, source);
  }

  placeholder(name: string, slot: Slot): void {
    this.lent.add(`${name}:0`);
    this.node(name, "Placeholder", [], { dtype: type(slot.dtype), shape: shape(slot.shape) });
  }

  variable(name: string, slot: Slot): void {
    const dtype = type(slot.dtype);
    this.node(name, "VarHandleOp", [], { dtype, shape: shape(slot.shape), shared_name: text(name) });
    this.node(`${name}_read`, "ReadVariableOp", [name], { dtype });
    this.placeholder(`${name}_init`, slot);
    this.node(`${name}_set`, "AssignVariableOp", [name, this.owned(`${name}_init:0`, slot.dtype)], { dtype });
  }

  assign(name: string, variable: string, value: Slot, after: readonly string[]): void {
    const own = this.owned(this.source(value.id), value.dtype);
    this.node(name, "AssignVariableOp", [variable, own, ...after], { dtype: type(value.dtype) });
  }

  /** A scalar that is there once the named nodes have run. */
  signal(name: string, after: readonly string[]): void {
    const tensor = new proto.Tensor();
    tensor.setDtype(DT_INT32);
    tensor.setTensorShape(new proto.TensorShape());
    tensor.setIntValList([0]);
    this.node(`${name}_value`, "Const", [], {
      dtype: type(DT_INT32),
      value: value((v) => v.setTensor(tensor)),
    });
    this.node(name, "Identity", [`${name}_value`, ...after], { T: type(DT_INT32) });
  }

  identity(name: string, slot: Slot): void {
    this.node(name, "Identity", [this.source(slot.id)], { T: type(slot.dtype) });
  }

  constant(id: number, constant: TracedConstant): void {
    const tensor = new proto.Tensor();
    tensor.setDtype(constant.dtype as Proto.DataType);
    tensor.setTensorShape(tensorShape(constant.shape));
    tensor.setTensorContent(contentBytes(constant));
    const name = `const_${this.nodes.length}`;
    this.node(name, "Const", [], { dtype: type(constant.dtype), value: value((v) => v.setTensor(tensor)) });
    this.bind(id, `${name}:0`);
  }

  operation(
    op: string,
    attributes: readonly NativeAttribute[],
    inputs: readonly number[],
    outputs: readonly number[],
  ): void {
    const name = `op_${this.nodes.length}`;
    const attrs = Object.fromEntries(
      attributes.map((attribute) => [attribute.name, attributeValue(attribute)]),
    );
    let sources = inputs.map((id) => this.source(id));
    const rounded = this.options.bfloat16 ? PRODUCTS.get(op) : undefined;
    if (rounded && attrs.T.getType() === DT_FLOAT) {
      sources = sources.map((source, i) =>
        rounded.includes(i) ? this.cast(source, DT_FLOAT, DT_BFLOAT16) : source,
      );
      this.node(name, op, sources, { ...attrs, T: type(DT_BFLOAT16) });
      this.bind(outputs[0], this.cast(`${name}:0`, DT_BFLOAT16, DT_FLOAT));
      return;
    }
    this.node(name, op, sources, attrs);
    const lent = ALIASES.has(op) && sources.some((source) => this.lent.has(source));
    outputs.forEach((id, i) => {
      this.bind(id, `${name}:${i}`);
      if (lent) this.lent.add(`${name}:${i}`);
    });
  }

  savedModel(): Uint8Array {
    const graph = new proto.GraphDef();
    graph.setNodeList(this.nodes);
    const versions = new proto.VersionDef();
    versions.setProducer(PRODUCER);
    graph.setVersions(versions);
    const info = new proto.MetaGraphDef.MetaInfoDef();
    info.setTagsList(["serve"]);
    const meta = new proto.MetaGraphDef();
    meta.setMetaInfoDef(info);
    meta.setGraphDef(graph);
    const model = new proto.SavedModel();
    model.setSavedModelSchemaVersion(1);
    model.setMetaGraphsList([meta]);
    return model.serializeBinary();
  }

  /** The value in memory of TensorFlow's own. */
  private owned(source: string, dtype: number): string {
    if (!this.lent.has(source)) return source;
    const name = `copy_${this.nodes.length}`;
    this.node(name, "DeepCopy", [source], { T: type(dtype) });
    return `${name}:0`;
  }

  private cast(source: string, from: number, to: number): string {
    const name = `cast_${this.nodes.length}`;
    this.node(name, "Cast", [source], { SrcT: type(from), DstT: type(to) });
    return `${name}:0`;
  }

  private source(id: number): string {
    const source = this.sources.get(id);
    if (!source) throw new Error(`compile: no node computes tensor ${id}; this is a bug in the trace.`);
    return source;
  }

  private node(
    name: string,
    op: string,
    inputs: readonly string[],
    attributes: Record<string, Proto.AttrValue>,
  ): void {
    const node = new proto.NodeDef();
    node.setName(name);
    node.setOp(op);
    node.setInputList([...inputs]);
    for (const [key, attribute] of Object.entries(attributes)) node.getAttrMap().set(key, attribute);
    this.nodes.push(node);
  }
}

function value(set: (value: Proto.AttrValue) => void): Proto.AttrValue {
  const attribute = new proto.AttrValue();
  set(attribute);
  return attribute;
}

const type = (dtype: number) => value((v) => v.setType(dtype as Proto.DataType));
const text = (string: string) => value((v) => v.setS(Buffer.from(string)));
const shape = (dims: readonly number[]) => value((v) => v.setShape(tensorShape(dims)));

function tensorShape(dims: readonly number[]): Proto.TensorShape {
  const result = new proto.TensorShape();
  result.setDimList(
    dims.map((size) => {
      const dim = new proto.TensorShape.Dim();
      dim.setSize(size);
      return dim;
    }),
  );
  return result;
}

function contentBytes({ dtype, values }: TracedConstant): Uint8Array {
  switch (dtype) {
    case DT_FLOAT:
      return new Uint8Array(Float32Array.from(values).buffer);
    case DT_INT32:
      return new Uint8Array(Int32Array.from(values).buffer);
    case DT_BOOL:
      return Uint8Array.from(values);
    default:
      throw new Error(
        `compile: constants of TensorFlow type ${dtype} are not supported (float32, int32 and bool are).`,
      );
  }
}

/** Attribute kinds of the C API (tensorflow/c/c_api.h, TF_AttrType). */
const ATTR = { string: 0, int: 1, float: 2, bool: 3, type: 4, shape: 5 } as const;

function attributeValue({ name, type: kind, value: raw }: NativeAttribute): Proto.AttrValue {
  const list = Array.isArray(raw);
  return value((attribute) => {
    if (kind === ATTR.shape) attribute.setShape(tensorShape(raw as number[]));
    else if (list) {
      const values = new proto.AttrValue.ListValue();
      if (kind === ATTR.int) values.setIList(raw as number[]);
      else if (kind === ATTR.float) values.setFList(raw as number[]);
      else if (kind === ATTR.bool) values.setBList(raw as boolean[]);
      else throw new Error(`compile: attribute ${name} is a list of an unknown kind (${kind}).`);
      attribute.setList(values);
    } else if (kind === ATTR.string) attribute.setS(Buffer.from(raw as string));
    else if (kind === ATTR.int) attribute.setI(raw as number);
    else if (kind === ATTR.float) attribute.setF(raw as number);
    else if (kind === ATTR.bool) attribute.setB(raw as boolean);
    else if (kind === ATTR.type) attribute.setType(raw as Proto.DataType);
    else throw new Error(`compile: attribute ${name} has an unknown kind (${kind}).`);
  });
}
