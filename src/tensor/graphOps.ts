// Operations of TensorFlow's graphs that walk over the activations once where single ones walk five to ten times. On a
// processor oneDNN has them; on a GPU they stay composed.
import { engineInfo, type Tensor, type Tensor1D, type Tensor2D } from "./engine";
import { attributeKinds, inGraphAs } from "./trace";

/** A product with what follows it; where oneDNN does not take it a session finds out by itself. */
export const FUSED_PRODUCT = "_FusedMatMul";

const FLOAT = { name: "T", type: attributeKinds.type, value: 1 };

/** x w + b through GELU in its tanh form, in one product; `composed` is what it stands for. */
export function productBiasGelu(x: Tensor2D, w: Tensor2D, b: Tensor1D, composed: () => Tensor2D): Tensor2D {
  if (engineInfo.backend !== "tensorflow" || engineInfo.device !== "cpu") return composed();
  const attributes = [
    FLOAT,
    { name: "transpose_a", type: attributeKinds.bool, value: false },
    { name: "transpose_b", type: attributeKinds.bool, value: false },
    { name: "num_args", type: attributeKinds.int, value: 1 },
    { name: "fused_ops", type: attributeKinds.string, value: ["BiasAdd", "GeluApproximate"] },
    { name: "epsilon", type: attributeKinds.float, value: 0 },
  ];
  return inGraphAs({ name: FUSED_PRODUCT, attributes, inputs: [x, w, b] }, composed);
}

/** dy where ReLU's result y is above 0, else 0; `composed` is what it stands for. */
export function reluGradient(dy: Tensor, y: Tensor, composed: () => Tensor): Tensor {
  return inGraphAs({ name: "ReluGrad", attributes: [FLOAT], inputs: [dy, y] }, composed);
}
