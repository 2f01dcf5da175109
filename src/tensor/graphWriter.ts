// The nodes of a graph, as the bytes of a SavedModel: the only way in that the addon has.
//
// The addon lets TensorFlow use the memory of a typed array where it is aligned, and gives the array back to V8 on the
// thread that drops the last tensor. A variable is replaced on any of TensorFlow's threads, where V8 must not be
// touched: so what goes into a variable is never an input itself but a copy.
import { createRequire } from "node:module";
import type * as Proto from "@tensorflow/tfjs-node-gpu/dist/proto/api_pb";
import { engineInfo, type NativeAttribute } from "./engine";
import { FUSED_PRODUCT } from "./graphOps";
import { attributeKinds, type TracedConstant, type TracedOp } from "./trace";

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
  [FUSED_PRODUCT, [0, 1, 2]],
  ["BatchMatMulV2", [0, 1]],
  ["Conv2D", [0, 1]],
  ["Conv2DBackpropInput", [1, 2]],
  ["Conv2DBackpropFilter", [0, 2]],
]);

/**
 * Operations of ours whose products are in float32: in bfloat16 what they stand for is written in their place.
 * Attention is not among them: in float32 it is quicker, and closer.
 */
const FLOAT_PRODUCTS = new Set(["IgdsConvolution", "IgdsConvolutionKernelGradient"]);

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
  /** Round the operands of matrix products and convolutions to bfloat16 (error about 3e-3), but not those in attention. */
  readonly bfloat16: boolean;
}

/** A placeholder's native tensor at trace time. */
export interface Slot {
  readonly id: number;
  readonly shape: readonly number[];
  readonly dtype: number;
}

/** Writes NodeDefs one by one and remembers which node computes which native tensor. */
export class GraphWriter {
  private readonly nodes: Proto.NodeDef[] = [];
  private readonly sources = new Map<number, string>();
  /** Sources that may lie in the memory of an input. */
  private readonly lent = new Set<string>();
  /** float32 sources and the same in bfloat16. */
  private readonly roundedSources = new Map<string, string>();

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

  operation({ name: op, attributes, inputs, outputs, composed }: TracedOp): void {
    if (composed && this.options.bfloat16 && FLOAT_PRODUCTS.has(op)) {
      for (const one of composed) this.operation(one);
      return;
    }
    const name = `op_${this.nodes.length}`;
    const attrs = Object.fromEntries(
      attributes.map((attribute) => [attribute.name, attributeValue(attribute)]),
    );
    let sources = inputs.map((id) => this.source(id));
    const rounded = this.options.bfloat16 ? PRODUCTS.get(op) : undefined;
    if (rounded && attrs.T.getType() === DT_FLOAT) {
      sources = sources.map((source, i) => (rounded.includes(i) ? this.rounded(source) : source));
      this.node(name, op, sources, { ...attrs, T: type(DT_BFLOAT16) });
      const wide = this.cast(`${name}:0`, DT_BFLOAT16, DT_FLOAT);
      this.roundedSources.set(wide, `${name}:0`);
      this.bind(outputs[0], wide);
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

  /** The value in bfloat16, rounded once whatever asks for it. */
  private rounded(source: string): string {
    const known = this.roundedSources.get(source);
    if (known) return known;
    const narrow = this.cast(source, DT_FLOAT, DT_BFLOAT16);
    this.roundedSources.set(source, narrow);
    return narrow;
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

function attributeValue({ name, type: kind, value: raw }: NativeAttribute): Proto.AttrValue {
  const list = Array.isArray(raw);
  return value((attribute) => {
    if (kind === attributeKinds.shape) attribute.setShape(tensorShape(raw as number[]));
    else if (list) {
      const values = new proto.AttrValue.ListValue();
      if (kind === attributeKinds.int) values.setIList(raw as number[]);
      else if (kind === attributeKinds.float) values.setFList(raw as number[]);
      else if (kind === attributeKinds.bool) values.setBList(raw as boolean[]);
      else if (kind === attributeKinds.string)
        values.setSList((raw as string[]).map((item) => Buffer.from(item)));
      else throw new Error(`compile: attribute ${name} is a list of an unknown kind (${kind}).`);
      attribute.setList(values);
    } else if (kind === attributeKinds.string) attribute.setS(Buffer.from(raw as string));
    else if (kind === attributeKinds.int) attribute.setI(raw as number);
    else if (kind === attributeKinds.float) attribute.setF(raw as number);
    else if (kind === attributeKinds.bool) attribute.setB(raw as boolean);
    else if (kind === attributeKinds.type) attribute.setType(raw as Proto.DataType);
    else throw new Error(`compile: attribute ${name} has an unknown kind (${kind}).`);
  });
}
