// Operations of TensorFlow's graphs that walk over the activations once where single ones walk five to ten times. On a
// processor oneDNN has them; on a GPU they stay composed.
import {
  engineInfo,
  type NativeAttribute,
  nativeBackend,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tf,
} from "./engine";
import { allInGraphAs, attributeKinds, inGraphAs } from "./trace";

const onProcessor = (): boolean => engineInfo.backend === "tensorflow" && engineInfo.device === "cpu";

/** Whether TensorFlow has those of oneDNN; a session finds out by itself where it was not built in. */
const available = (): boolean => onProcessor() && process.env.TF_ENABLE_ONEDNN_OPTS !== "0";

const FLOAT = { name: "T", type: attributeKinds.type, value: 1 };

/** x w + b through GELU in its tanh form, in one product; `composed` is what it stands for. */
export function productBiasGelu(x: Tensor2D, w: Tensor2D, b: Tensor1D, composed: () => Tensor2D): Tensor2D {
  if (!available()) return composed();
  const attributes = [
    FLOAT,
    { name: "transpose_a", type: attributeKinds.bool, value: false },
    { name: "transpose_b", type: attributeKinds.bool, value: false },
    { name: "num_args", type: attributeKinds.int, value: 1 },
    { name: "fused_ops", type: attributeKinds.string, value: ["BiasAdd", "GeluApproximate"] },
    { name: "epsilon", type: attributeKinds.float, value: 0 },
  ];
  return inGraphAs({ name: "_FusedMatMul", attributes, inputs: [x, w, b] }, composed);
}

/** Layer norm over the last axis without scale and shift; `composed` is what it stands for. */
export function plainLayerNorm<T extends Tensor>(x: T, epsilon: number, composed: () => T): T {
  if (!available()) return composed();
  const size = x.shape[x.rank - 1];
  const attributes = [FLOAT, { name: "epsilon", type: attributeKinds.float, value: epsilon }];
  return inGraphAs(
    { name: "_MklLayerNorm", attributes, inputs: [x, tf.ones([size]), tf.zeros([size])] },
    composed,
  );
}

/** dy where ReLU's result y is above 0, else 0; `composed` is what it stands for. */
export function reluGradient(dy: Tensor, y: Tensor, composed: () => Tensor): Tensor {
  return inGraphAs({ name: "ReluGrad", attributes: [FLOAT], inputs: [dy, y] }, composed);
}

/** What native/groupNorm.cc does; see groupNorm.ts. */
export interface GroupNormSettings {
  readonly groups: number;
  readonly epsilon: number;
  readonly activation: "none" | "relu" | "silu";
  readonly pool: 1 | 2;
}

let groupNormIsThere: boolean | null = null;

/** Whether the addon that was loaded has the operation: one that was built here has. */
export function hasGroupNorm(): boolean {
  groupNormIsThere ??= onProcessor() && canNormalise();
  return groupNormIsThere;
}

function canNormalise(): boolean {
  const { binding } = nativeBackend();
  const settings = groupNormAttributes({ groups: 1, epsilon: 1, activation: "none", pool: 1 });
  const ids = [0, 1, 2].map(() => binding.createTensor([1, 1, 1, 1], 1, Float32Array.of(1)));
  try {
    for (const { id } of binding.executeOp(GROUP_NORM, settings, ids, 1)) binding.deleteTensor(id);
    return true;
  } catch {
    return false;
  } finally {
    for (const id of ids) binding.deleteTensor(id);
  }
}

/** @param inputs x, scale, shift */
export function normalised(
  inputs: readonly Tensor[],
  settings: GroupNormSettings,
  composed: () => Tensor,
): Tensor {
  return inGraphAs({ name: GROUP_NORM, attributes: groupNormAttributes(settings), inputs }, composed);
}

/**
 * @param inputs x, scale, shift, and the gradient by the result
 * @returns the gradients by x, scale and shift
 */
export function normalisedGradient(
  inputs: readonly Tensor[],
  settings: GroupNormSettings,
  composed: () => Tensor[],
): Tensor[] {
  const attributes = groupNormAttributes(settings);
  return allInGraphAs({ name: `${GROUP_NORM}Gradient`, attributes, inputs }, composed);
}

const GROUP_NORM = "IgdsGroupNorm";
const ACTIVATIONS = ["none", "relu", "silu"] as const;

function groupNormAttributes({ groups, epsilon, activation, pool }: GroupNormSettings): NativeAttribute[] {
  const { int, float } = attributeKinds;
  return [
    { name: "groups", type: int, value: groups },
    { name: "epsilon", type: float, value: epsilon },
    { name: "activation", type: int, value: ACTIVATIONS.indexOf(activation) },
    { name: "pool", type: int, value: pool },
  ];
}
