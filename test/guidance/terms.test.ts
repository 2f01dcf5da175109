import { describe, expect, it } from "vitest";
import { sample } from "../../src/diffusion/sample";
import type { Classifier } from "../../src/guidance/classifier";
import { classMeans, cmi } from "../../src/guidance/cmi";
import { deviation } from "../../src/guidance/deviation";
import { evaluateTerm } from "../../src/guidance/evaluateTerm";
import { makeGuide } from "../../src/guidance/guide";
import { influence } from "../../src/guidance/influence";
import { mixture } from "../../src/guidance/mixture";
import { mode } from "../../src/guidance/mode";
import { particle } from "../../src/guidance/particle";
import { prototype } from "../../src/guidance/prototype";
import { setPrototype } from "../../src/guidance/setPrototype";
import { setReference } from "../../src/guidance/setReference";
import type { Term, TermContext } from "../../src/guidance/term";
import type { TrainingNetwork } from "../../src/guidance/trainingNetwork";
import { convNet } from "../../src/nn/convNet";
import type { ImageClassifier, ImageClassifierConfig } from "../../src/nn/imageClassifier";
import { dense } from "../../src/nn/layers";
import { Parameters, type Weights } from "../../src/nn/parameters";
import { pixelFeatures } from "../../src/nn/randomFeatures";
import type { ImageBatch } from "../../src/tensor/batch";
import { compile } from "../../src/tensor/compile";
import { type Tensor, type Tensor1D, type Tensor2D, type Tensor4D, tf } from "../../src/tensor/engine";
import { Seed } from "../../src/tensor/random";
import { gradientError } from "../information/gradientError";
import { gaussianDenoiser } from "./gaussianDenoiser";

const shape = [8, 8, 1] as const;
const space = { height: 8, width: 8, channels: 1, classes: 3 };
const size = 64;
const ipc = 4;
const labels = [0, 0, 0, 0, 2, 2, 2, 2];
const n = labels.length;
const seed = new Seed("terms");
const images = (name: string, count: number) =>
  seed
    .child(name)
    .normal(count * size)
    .map((value) => 0.4 * value);

/** A network without kinks, for finite differences. */
function smoothNetwork(): ImageClassifier {
  const p = new Parameters();
  const inner = dense<Tensor2D>(p, "inner", size, 12, { gain: 2 });
  const head = dense<Tensor2D>(p, "head", 12, 3, { gain: 2 });
  const features: ImageClassifier["features"] = (w, x) =>
    tf.tanh(inner(w, x.reshape([-1, size]) as Tensor2D));
  return {
    config: { kind: "mlp", hidden: [12], ...space } as unknown as ImageClassifierConfig,
    name: "smooth",
    parameters: p,
    featureCount: 12,
    features,
    apply: (w, x) => head(w, features(w, x)),
  };
}
const network = smoothNetwork();
const taught: TrainingNetwork = {
  network,
  moments: [0, 1].map((k) => network.parameters.initialise(seed.child("moment", k))),
};
const real = [0, 1].map((k) => ({ data: images(`real ${k}`, 30), shape: [30, ...shape] as const }));
const modes = images("modes", n);
const maps = taught.moments.map((weights) => ({ network, weights }));
const told = {
  classes: [0, 1, 2],
  real: [...real, { data: images("real 2", 30), shape: [30, ...shape] as const }],
  standIns: [{ label: 1, images: { data: images("stand-ins", ipc), shape: [ipc, ...shape] as const } }],
};
const groups = [maps, [...maps].reverse()];

const classifier = {
  network: { ...network, apply: (w: Weights, x: Tensor4D) => network.apply(w, x) },
  weights: taught.moments[0],
  temperatures: [{ t: 0, temperature: 1.3 }],
} as unknown as Classifier;

const makers: [string, (order: readonly number[]) => Term][] = [
  [
    "mode",
    (order) =>
      mode(Float32Array.from(order.flatMap((i) => [...modes.subarray(i * size, (i + 1) * size)])), shape),
  ],
  ["particle", () => particle()],
  ["deviation", () => deviation()],
  ["deviation from images already made", () => deviation(tf.tensor(images("made", 6), [2, 3, ...shape]))],
  ["influence", () => influence(taught, real, [0, 2])],
  ["cmi", () => cmi(classifier, classMeans(classifier, real))],
  ["set", () => setPrototype(setReference([maps], told))],
  ["set, by groups of maps", () => setPrototype(setReference(groups, told))],
  ["set, by maps of two kinds", () => setPrototype(setReference([[...maps, pixelFeatures(shape)]], told))],
];
const inOrder = labels.map((_, i) => i);

const contextOf = (x0: Tensor4D, of: readonly number[] = labels, per = ipc): TermContext => ({
  xt: x0,
  labels: tf.tensor1d(Int32Array.from(of), "int32"),
  groups: of.length / per,
  ipc: per,
  t: tf.tensor1d(new Int32Array(of.length), "int32"),
  s2: tf.scalar(1),
  numbers: { group: tf.scalar(0), temperature: tf.scalar(1.3) },
});
const valuesOf = (term: Term, data: Float32Array): Float32Array =>
  tf.tidy(() => {
    const x0 = tf.tensor4d(data, [n, ...shape]);
    return term.value(term.tensors, x0, contextOf(x0)).dataSync() as Float32Array;
  });
const sum = (values: Float32Array) => values.reduce((a, b) => a + b, 0);

describe.each(makers)("%s", (_, make) => {
  const term = make(inOrder);
  const x0 = images("x0", n);

  it("has the gradient of finite differences", () => {
    // The kernel's bandwidth is held constant in the gradient: here it must be in the differences as well.
    const point = tf.tensor4d(x0, [n, ...shape]);
    const f = compile((x: Tensor) =>
      tf.sum(term.value(term.tensors, x as Tensor4D, contextOf(x as Tensor4D))),
    );
    const frozen = term.name === "particle" ? frozenParticle(x0) : f;
    expect(gradientError(frozen, point)).toBeLessThan(1e-3);
    if (term.name === "particle") {
      const [own, check] = [f, frozen].map((g) => tf.grad(g)(point).dataSync());
      own.forEach((value, i) => {
        expect(value).toBeCloseTo(check[i], 5);
      });
    }
    f.dispose();
  });

  it("is the same compiled", () => {
    const compiled = compile((x: Tensor4D) => term.value(term.tensors, x, contextOf(x)));
    const values = compiled(tf.tensor4d(x0, [n, ...shape])).dataSync();
    valuesOf(term, x0).forEach((value, i) => {
      expect(values[i]).toBeCloseTo(value, 4);
    });
    compiled.dispose();
  });

  it("follows a permutation of the images of a class", () => {
    const order = [2, 0, 3, 1, 4, 7, 6, 5];
    const permuted = Float32Array.from(order.flatMap((i) => [...x0.subarray(i * size, (i + 1) * size)]));
    const values = valuesOf(term, x0);
    valuesOf(make(order), permuted).forEach((value, i) => {
      expect(value).toBeCloseTo(values[order[i]], 4);
    });
  });

  it("rises in a short sampling run, by either gradient", async () => {
    const denoiser = gaussianDenoiser(space, [-0.2, 0, 0.2], 0.1);
    const plain = await sample(denoiser, { labels, seed, steps: 10, guidanceScale: 1 });
    for (const gradient of ["x0", "exact"] as const) {
      const guide = makeGuide({
        labels,
        shape,
        terms: [{ term, weight: { mode: 1, set: 30 }[term.name] ?? 10 }],
        imageVariance: 0.1,
        gradient,
      });
      const guided = await sample(denoiser, { labels, seed, steps: 10, guidanceScale: 1, guide });
      // The particle kernel follows the images that it looks at: hold on to that of the plain ones.
      const fixed = term.name === "particle" ? frozenParticle(plain.images.data) : null;
      const total = ({ data }: ImageBatch) =>
        fixed ? fixed(tf.tensor4d(data, [n, ...shape])).dataSync()[0] : sum(valuesOf(term, data));
      expect(total(guided.images)).toBeGreaterThan(total(plain.images) + 0.01);
      guide.dispose();
    }
    denoiser.dispose();
  });
});

/** The particle potential with h of the given images, whatever it is asked about. */
function frozenParticle(of: Float32Array): (x: Tensor) => Tensor {
  const rows = Array.from({ length: n }, (_, i) => of.subarray(i * size, (i + 1) * size));
  const h = [0, 1].map((group) => {
    const pairs: number[] = [];
    for (let i = group * ipc; i < (group + 1) * ipc; i++)
      for (let j = i + 1; j < (group + 1) * ipc; j++)
        pairs.push(rows[i].reduce((d, value, k) => d + (value - rows[j][k]) ** 2, 0));
    pairs.sort((a, b) => a - b);
    return (pairs[2] + pairs[3]) / 2 / Math.log(ipc);
  });
  return (x) => {
    const points = tf.reshape(x, [2, ipc, 1, size]);
    const distances = tf.sum(tf.square(tf.sub(points, tf.reshape(x, [2, 1, ipc, size]))), 3);
    const kernel = tf.exp(tf.neg(tf.div(distances, tf.tensor3d(h, [2, 1, 1]))));
    return tf.mul(tf.sub(tf.sum(kernel), n), -0.5);
  };
}

it("cmi is the divergence of what the classifier says of an image from what it says of real ones of the class", () => {
  const said = (data: Float32Array) =>
    tf.tidy(() => {
      const x = tf.tensor4d(data, [data.length / size, ...shape]);
      return tf.softmax(tf.div(network.apply(taught.moments[0], x), 1.3)).arraySync() as number[][];
    });
  const x0 = images("x0", n);
  const values = valuesOf(cmi(classifier, classMeans(classifier, real)), x0);
  for (const [i, own] of said(x0).entries()) {
    const others = said(real[labels[i] === 0 ? 0 : 1].data);
    const mean = own.map((_, c) => others.reduce((total, row) => total + row[c] / others.length, 0));
    expect(values[i]).toBeCloseTo(
      own.reduce((total, p, c) => total + p * Math.log(p / mean[c]), 0),
      4,
    );
  }
  const none = { data: new Float32Array(0), shape: [0, ...shape] as const };
  expect(() => classMeans(classifier, [none])).toThrow(/some images, found 0 logits/);
});

it("particle and deviation are zero for a single image, gradient included", () => {
  for (const term of [particle(), deviation()]) {
    const x = tf.tensor4d(images("single", 2), [2, ...shape]);
    const f = (input: Tensor) => term.value({}, input as Tensor4D, contextOf(x, [0, 2], 1)) as Tensor1D;
    expect([...f(x).dataSync()].map(Math.abs)).toEqual([0, 0]);
    const gradient = tf
      .grad((input: Tensor) => tf.sum(f(input)))(x)
      .dataSync() as Float32Array;
    expect(Math.max(...gradient.map(Math.abs))).toBe(0);
  }
});

it("influence is the cosine of the gradients by the last layer, as automatic differentiation takes them", () => {
  const network = convNet({ kind: "convnet", depth: 3, filters: 6, ...space });
  const one: TrainingNetwork = {
    network,
    moments: [network.parameters.initialise(seed.child("convnet"))],
  };
  const [weights] = one.moments;
  const gradient = (x: Tensor4D, y: number): Float32Array => {
    const targets = tf.oneHot(tf.fill([x.shape[0]], y, "int32") as Tensor1D, 3).cast("float32");
    const [kernel, bias] = tf.grads((k: Tensor, b: Tensor) => {
      const logits = network.apply({ ...weights, "head.kernel": k, "head.bias": b }, x);
      return tf.neg(tf.mean(tf.sum(tf.mul(targets, tf.logSoftmax(logits)), 1)));
    })([weights["head.kernel"], weights["head.bias"]]);
    return Float32Array.from([...kernel.dataSync(), ...bias.dataSync()]);
  };
  const dot = (a: Float32Array, b: Float32Array) => a.reduce((total, value, i) => total + value * b[i], 0);
  const x0 = images("x0", n);
  const values = valuesOf(influence(one, real, [0, 2]), x0);
  for (const i of [0, 3, 5]) {
    const own = gradient(tf.tensor4d(x0.subarray(i * size, (i + 1) * size), [1, ...shape]), labels[i]);
    const { data, shape: of } = real[labels[i] === 0 ? 0 : 1];
    const theirs = gradient(tf.tensor4d(data, [...of]), labels[i]);
    expect(values[i]).toBeCloseTo(dot(own, theirs) / Math.sqrt(dot(own, own) * dot(theirs, theirs)), 4);
  }
});

it("terms say what they expected", () => {
  const x = tf.tensor4d(images("x", 2), [2, ...shape]);
  expect(() => mode(new Float32Array(70), shape)).toThrow(/whole images of 8 x 8 x 1/);
  const term = mode(modes, shape);
  expect(() => term.value(term.tensors, x, contextOf(x, [0, 2], 1))).toThrow(/expected 8 images/);
  expect(() => influence(taught, real, [0])).toThrow(/2 batches for 1 classes/);
  expect(() => influence(taught, real, [0, 99])).toThrow(/labels in 0..2, found 99 at 1/);
  const means = cmi(classifier, classMeans(classifier, real.slice(0, 1)));
  expect(() => means.value(means.tensors, x, contextOf(x, [0, 2], 1))).toThrow(
    /mean of each of 2 classes, found 1/,
  );
  for (const bandwidth of [-100, 0, Number.NaN])
    expect(() => mixture([1, bandwidth])).toThrow(`s^2 > 0 of each class, found ${bandwidth}`);
  const one = mixture([0.2]);
  expect(() => one.value(one.tensors, x, contextOf(x, [0, 2], 1))).toThrow(
    /bandwidth of each of 2 classes, found 1/,
  );
  const made = deviation(tf.zeros([3, 1, ...shape]));
  expect(() => made.value(made.tensors, x, contextOf(x, [0, 2], 1))).toThrow(/each of 2 classes, found 3/);
});

it("terms refuse images of classes that they do not know", () => {
  const two: ImageBatch = { data: images("two", 2), shape: [2, ...shape] };
  const known = setReference([maps], { classes: [0, 2], real });
  for (const term of [prototype(classifier), setPrototype(known), influence(taught, real, [0, 2])])
    expect(() => evaluateTerm(term, two, { labels: [0, 5] })).toThrow(
      new RegExp(`term "${term.name}" tells apart the classes .*; found images of class 5`),
    );
});

describe("evaluateTerm", () => {
  it("refuses labels for other images, and what is no time step", () => {
    const some: ImageBatch = { data: images("some", n), shape: [n, ...shape] };
    expect(() => evaluateTerm(particle(), some, { labels: [0, 0] })).toThrow(
      /a label for each of 8 images, found 2/,
    );
    for (const t of [1000, 0.5, -1, Number.NaN])
      expect(() => evaluateTerm(particle(), some, { labels, t })).toThrow(/a time step from 0 to 999, found/);
  });
});
