import { describe, expect, it } from "vitest";
import { medianBandwidth, noiseVariance } from "../../src/information/bandwidth";
import { prototypeInformation, prototypeInformationOf } from "../../src/information/barberAgakov";
import { cmiInformation, cmiOfSets } from "../../src/information/cmi";
import { contextInformation, contextTensors } from "../../src/information/context";
import { calibrateContext, fitContext } from "../../src/information/contextModel";
import { donskerVaradhan, infoNce, nwj, smile } from "../../src/information/critics";
import { mixtureEntropy, mixtureInformation, mixtureInformationOf } from "../../src/information/mixture";
import { type Tensor, type Tensor1D, type Tensor2D, tf } from "../../src/tensor/engine";
import { Seed } from "../../src/tensor/random";

const seed = new Seed("memory");
const x = tf.tensor2d(seed.normal(12), [4, 3]) as Tensor2D;
const labels = tf.tensor1d([0, 1, 2, 0], "int32") as Tensor1D;
const sets = tf.tensor3d(seed.normal(24), [2, 4, 3]);
const means = tf.fill([2, 3], 1 / 3) as Tensor2D;
const model = fitContext(seed.normal(60), 3, 4, seed);
const clusters = contextTensors([model]);
const s2 = tf.scalar(0.5);

/** Everything that returns tensors, with what it returns. */
const returning: Record<string, () => Tensor | readonly Tensor[]> = {
  medianBandwidth: () => medianBandwidth(x),
  noiseVariance: () => noiseVariance(s2),
  prototypeInformation: () => prototypeInformation(x, labels, s2),
  cmiInformation: () => cmiInformation(sets, means, s2),
  cmiOfSets: () => cmiOfSets(x),
  infoNce: () => infoNce(x, labels),
  nwj: () => nwj(x, labels),
  donskerVaradhan: () => donskerVaradhan(x, labels, "batch"),
  smile: () => smile(x, labels),
  mixtureInformation: () => Object.values(mixtureInformation(x, s2)),
  mixtureEntropy: () => Object.values(mixtureEntropy(x, 0.5)),
  contextTensors: () => Object.values(contextTensors([model])),
  contextInformation: () => Object.values(contextInformation(x, clusters, "own", { alphaBar: 0.5 })),
  soft: () => Object.values(contextInformation(x, clusters, "soft", { s2: 0.5 })),
  gradient: () => tf.grad((input: Tensor) => mixtureInformation(input, medianBandwidth(input)).low)(x),
};

describe("memory", () => {
  it.each(Object.keys(returning))("%s keeps nothing but its result", (name) => {
    const before = tf.memory().numTensors;
    const result = returning[name]!();
    const tensors = Array.isArray(result) ? (result as Tensor[]) : [result as Tensor];
    expect(tf.memory().numTensors).toBe(before + tensors.length);
    for (const tensor of tensors) tensor.dispose();
  });

  it("functions of plain numbers keep nothing", () => {
    const before = tf.memory().numTensors;
    mixtureInformationOf(seed.normal(6), 2, 1);
    prototypeInformationOf(seed.normal(6), [0, 1]);
    calibrateContext(model, seed.normal(30), [0.5], seed);
    expect(tf.memory().numTensors).toBe(before);
  });
});
