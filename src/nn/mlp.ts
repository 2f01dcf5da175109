// A multi-layer perceptron on the pixels: the evaluation network that knows nothing of images.
import type { Tensor2D } from "../tensor/engine";
import { relu } from "../tensor/fused";
import type { ImageSpace } from "./denoiserNetwork";
import type { ImageClassifier } from "./imageClassifier";
import { dense } from "./layers";
import { Parameters } from "./parameters";
import { expectWhole } from "./wholeNumbers";

/** What a multi-layer perceptron is built from. */
export interface MlpConfig extends ImageSpace {
  /** Tells it from the other networks. */
  readonly kind: "mlp";
  /** Units of each hidden layer. */
  readonly hidden: readonly number[];
}

/** Two hidden layers of 128, as in cross-architecture tables (Zhao, Mopuri & Bilen 2021). */
export const mlpDefaults: Omit<MlpConfig, keyof ImageSpace> = { kind: "mlp", hidden: [128, 128] };

/** Builds a perceptron: dense layers with ReLU, then a linear layer. @throws RangeError if a size is no whole number */
export function mlp(config: MlpConfig): ImageClassifier<MlpConfig> {
  const { hidden, height, width, channels, classes } = config;
  expectWhole("A perceptron", { hidden });
  const p = new Parameters();
  const sizes = [height * width * channels, ...hidden];
  // Half the variance is lost in the ReLU, hence the gain (He et al. 2015).
  const layers = hidden.map((units, i) =>
    dense<Tensor2D>(p, `hidden.${i}`, sizes[i], units, { gain: Math.SQRT2 }),
  );
  const featureCount = sizes[sizes.length - 1];
  const head = dense<Tensor2D>(p, "head", featureCount, classes);
  const features: ImageClassifier["features"] = (w, x) =>
    layers.reduce((h, layer) => relu(layer(w, h)), x.reshape([-1, sizes[0]]) as Tensor2D);
  return {
    config,
    name: `MLP (${hidden.join(", ")})`,
    parameters: p,
    featureCount,
    features,
    apply: (w, x) => head(w, features(w, x)),
  };
}
