import { describe, expect, it } from "vitest";
import { logSoftmax, prototypeInformation, prototypeInformationOf } from "../../src/information/barberAgakov";
import { donskerVaradhan, infoNce, nwj, smile } from "../../src/information/critics";
import { GaussianMixture } from "../../src/information/groundTruth";
import { compile } from "../../src/tensor/compile";
import { type Tensor, type Tensor1D, type Tensor2D, tf } from "../../src/tensor/engine";
import { Seed } from "../../src/tensor/random";
import { gradientError } from "./gradientError";

const seed = new Seed("barberAgakov");
const number = (tensor: Tensor): number => tensor.dataSync()[0]!;
const int32 = (values: ArrayLike<number>): Tensor1D => tf.tensor1d(Array.from(values), "int32");

/** A random mixture: 2 to 6 classes of 1 to 3 Gaussians, from hardly to fully separated. */
function randomMixture(own: Seed): GaussianMixture {
  const classes = 2 + own.child("classes").integers(1, 5)[0]!;
  const dimension = 1 + own.child("dimension").integers(1, 8)[0]!;
  const spread = 0.2 + 2 * own.child("spread").uniform(1)[0]!;
  return new GaussianMixture(
    Array.from({ length: classes }, (_, y) =>
      Array.from({ length: 1 + (y % 3) }, (_, z) => ({
        mean: own
          .child("mean", y, z)
          .normal(dimension)
          .map((value) => spread * value),
        variance: 0.5 + own.child("variance", y, z).uniform(1)[0]!,
        weight: 1 + z,
      })),
    ),
  );
}

/** The scores of a random mixture at its own draws, with the truth. */
function drawn(index: number, count: number) {
  const own = seed.child("mixture", index);
  const mixture = randomMixture(own);
  const { points, labels } = mixture.sample(count, own.child("sample"));
  const truth = mixture.prototypeInformation(own.child("truth"), { tolerance: 0.01 });
  return {
    own,
    labels,
    truth,
    classes: mixture.classes.length,
    logits: Float32Array.from(mixture.labelLogits(points)),
  };
}

describe("prototypeInformation", () => {
  it("equals I(X;Y) for the true posterior, and lies below it for others", () => {
    for (let index = 0; index < 30; index++) {
      const { own, labels, truth, classes, logits } = drawn(index, 2000);
      const exact = prototypeInformationOf(logits, labels);
      const error = Math.hypot(exact.standardError, truth.standardError);
      expect(Math.abs(exact.bound - truth.value)).toBeLessThan(4 * error);
      expect(exact.bound).toBeLessThanOrEqual(Math.log(classes));

      const noise = own.child("noise").normal(logits.length);
      const wrong: [string, Float32Array, number][] = [
        ["noisy", logits.map((value, i) => value + noise[i]!), 1],
        ["overconfident", logits, 0.3],
        ["underconfident", logits, 4],
      ];
      for (const [name, scores, temperature] of wrong) {
        const other = prototypeInformationOf(scores, labels, temperature);
        const slack = 4 * Math.hypot(other.standardError, truth.standardError);
        expect(other.bound, name).toBeLessThan(truth.value + slack);
        // On the same images the loss against the true posterior is E KL(p || q), well above zero here.
        if (name === "noisy") expect(other.bound).toBeLessThan(exact.bound + 0.01);
      }
    }
  });

  it("is ln C for certain and right, 0 for ignorant, below 0 for certain and wrong", () => {
    tf.tidy(() => {
      const logits = tf.tensor2d([
        [50, 0, 0],
        [0, 0, 0],
        [50, 0, 0],
      ]);
      const [right, ignorant, wrong] = prototypeInformation(logits, int32([0, 1, 2])).dataSync();
      expect(right).toBeCloseTo(Math.log(3), 6);
      expect(ignorant).toBeCloseTo(0, 6);
      expect(wrong).toBeCloseTo(Math.log(3) - 50, 4);
    });
  });

  it("does not change when a constant is added to an image's logits, and follows a permutation of classes", () => {
    tf.tidy(() => {
      const logits = tf.tensor2d(seed.normal(20), [4, 5]);
      const labels = int32([0, 3, 4, 1]);
      const base = prototypeInformation(logits, labels);
      const moved = prototypeInformation(tf.add(logits, tf.tensor2d([[1000], [-3], [0], [70]])), labels);
      expect(number(tf.max(tf.abs(tf.sub(base, moved))))).toBeLessThan(1e-4);
      const order = seed.permutation(5);
      const position = [0, 3, 4, 1].map((label) => order.indexOf(label));
      const permuted = prototypeInformation(tf.gather(logits, int32(order), 1), int32(position));
      expect(number(tf.max(tf.abs(tf.sub(base, permuted))))).toBeLessThan(1e-6);
    });
  });

  it("takes one temperature, one as a tensor, or one per image", () => {
    tf.tidy(() => {
      const logits = tf.tensor2d(seed.normal(6), [2, 3]);
      const labels = int32([2, 0]);
      const perImage = prototypeInformation(logits, labels, tf.tensor1d([2, 0.5])).dataSync();
      [2, 0.5].forEach((temperature, i) => {
        const one = prototypeInformation(logits, labels, temperature).dataSync();
        expect(perImage[i]).toBeCloseTo(one[i]!, 6);
        const scalar = prototypeInformation(logits, labels, tf.scalar(temperature)).dataSync();
        expect(scalar[i]).toBeCloseTo(one[i]!, 6);
      });
    });
  });

  it("has the gradient of finite differences", () => {
    tf.tidy(() => {
      const weights = tf.tensor2d(seed.child("weights").normal(12), [3, 4]);
      const labels = int32([0, 2, 3, 1, 1]);
      const f = (x: Tensor) => prototypeInformation(tf.matMul(x as Tensor2D, weights), labels, 1.7).sum();
      expect(gradientError(f, tf.tensor2d(seed.child("x").normal(15), [5, 3]))).toBeLessThan(1e-3);
    });
  });

  it("runs inside a compiled graph with labels and temperature as inputs", () => {
    const value = (x: Tensor, labels: Tensor1D, temperature: Tensor) =>
      prototypeInformation(x as Tensor2D, labels, temperature).sum();
    const step = compile((x: Tensor, labels: Tensor1D, temperature: Tensor) => [
      value(x, labels, temperature),
      tf.grad((input: Tensor) => value(input, labels, temperature))(x),
    ]);
    tf.tidy(() => {
      for (const round of [0, 1]) {
        const x = tf.tensor2d(seed.child("compiled", round).normal(12), [3, 4]);
        const labels = int32(seed.child("compiled", round).integers(3, 4));
        const temperature = tf.scalar(1 + round);
        const [bound, gradient] = step(x, labels, temperature) as [Tensor, Tensor];
        expect(number(bound)).toBeCloseTo(number(value(x, labels, temperature)), 5);
        const eager = tf.grad((input: Tensor) => value(input, labels, temperature))(x);
        expect(number(tf.max(tf.abs(tf.sub(gradient, eager))))).toBeLessThan(1e-5);
      }
    });
    step.dispose();
  });

  it("is zero for a single class", () => {
    expect([...prototypeInformationOf(Float32Array.of(3, -1), [0, 0]).perImage]).toEqual([0, 0]);
  });

  it("refuses labels that do not fit", () => {
    expect(() => prototypeInformation(tf.zeros([2, 3]), int32([0]))).toThrow(/one label for each of 2/);
    // Not the highest bound there is.
    expect([...prototypeInformation(tf.zeros([3, 2]), int32([0, 7, -1])).dataSync()]).toEqual([
      0,
      -Infinity,
      -Infinity,
    ]);
    expect(() => prototypeInformationOf(new Float32Array(7), [0, 1])).toThrow(/found 7 logits/);
    expect(() => prototypeInformationOf(Float32Array.of(2, 0, 0, 2), [0, 7])).toThrow(/0\.\.1, found 7/);
  });
});

describe("critics", () => {
  it("InfoNCE with all labels as candidates is Barber-Agakov", () => {
    tf.tidy(() => {
      const logits = tf.tensor2d(seed.child("nce").normal(60), [12, 5]);
      const labels = int32(seed.child("nce").integers(12, 5));
      const barberAgakov = number(tf.mean(prototypeInformation(logits, labels)));
      expect(number(infoNce(logits, labels))).toBeCloseTo(barberAgakov, 6);
    });
  });

  it("NWJ, DV, InfoNCE and a wide SMILE reach I(X;Y) at their best critics, from below in the mean", () => {
    for (let index = 0; index < 12; index++) {
      const { own, labels, truth, classes, logits } = drawn(100 + index, 4000);
      tf.tidy(() => {
        const positives = int32(labels);
        // log p(y|x) / p(y)
        const ratio = tf.add(logSoftmax(tf.tensor2d(logits, [4000, classes])), Math.log(classes)) as Tensor2D;
        const sampled = prototypeInformationOf(logits, labels);
        const slack = 4 * Math.hypot(sampled.standardError, truth.standardError) + 1e-4;
        const best = {
          nwj: nwj(tf.add(ratio, 1) as Tensor2D, positives),
          dv: donskerVaradhan(ratio, positives),
          infoNce: infoNce(ratio, positives),
          smile: smile(ratio, positives, 200),
        };
        for (const [name, bound] of Object.entries(best)) {
          expect(Math.abs(number(bound) - truth.value), name).toBeLessThan(slack);
        }
        const off = tf.add(
          ratio,
          tf.tensor2d(own.child("off").normal(ratio.size), [4000, classes]),
        ) as Tensor2D;
        const worse = {
          nwj: nwj(off, positives),
          dv: donskerVaradhan(off, positives),
          nce: infoNce(off, positives),
        };
        for (const [name, bound] of Object.entries(worse)) {
          expect(number(bound), name).toBeLessThan(truth.value + slack);
        }
        expect(number(worse.nwj)).toBeLessThanOrEqual(number(worse.dv) + 1e-5);
      });
    }
  });

  it("SMILE with a narrow clip goes above the truth: it is not a bound", () => {
    // Eight classes told apart for certain: I = ln 8 = 2.08.
    tf.tidy(() => {
      const scores = tf.sub(tf.mul(tf.eye(8), 40), 20) as Tensor2D;
      const positives = int32([0, 1, 2, 3, 4, 5, 6, 7]);
      expect(number(smile(scores, positives, 1))).toBeGreaterThan(Math.log(8) + 5);
      expect(number(donskerVaradhan(scores, positives))).toBeCloseTo(Math.log(8), 4);
    });
  });

  it("with candidates from the batch, a row's own partner is not part of the product of marginals", () => {
    tf.tidy(() => {
      const scores = tf.tensor2d([
        [7, 1, 2],
        [3, 8, 4],
        [5, 6, 9],
      ]);
      const positives = int32([0, 1, 2]);
      const others = [1, 2, 3, 4, 5, 6];
      const mean = others.reduce((sum, f) => sum + Math.exp(f), 0) / 6;
      expect(number(donskerVaradhan(scores, positives, "batch"))).toBeCloseTo(8 - Math.log(mean), 5);
      expect(number(nwj(scores, positives, "batch")) / (8 - mean / Math.E)).toBeCloseTo(1, 5);
      expect(number(smile(scores, positives, 100, "batch"))).toBeCloseTo(8 - Math.log(mean), 5);
      expect(() => nwj(tf.zeros([1, 1]), int32([0]), "batch")).toThrow(/larger batch/);
    });
  });

  it("on batches of a Gaussian pair with known I, InfoNCE stays below I and ln M", () => {
    // X = a Y + noise with correlation rho in each of 4 dimensions: I = -2 ln(1 - rho^2).
    const rho = 0.8;
    const truth = -2 * Math.log(1 - rho ** 2);
    const batches = Array.from({ length: 40 }, (_, batch) => {
      const own = seed.child("pair", batch);
      return tf.tidy(() => {
        const y = tf.tensor2d(own.child("y").normal(32 * 4), [32, 4]);
        const noise = tf.tensor2d(own.child("noise").normal(32 * 4), [32, 4]);
        const x = tf.add(tf.mul(y, rho), tf.mul(noise, Math.sqrt(1 - rho ** 2)));
        // log p(x|y) up to a term of x: tight for InfoNCE.
        const gap = tf.squaredDifference(tf.reshape(x, [32, 1, 4]), tf.mul(tf.reshape(y, [1, 32, 4]), rho));
        const scores = tf.div(tf.sum(gap, 2), -2 * (1 - rho ** 2)) as Tensor2D;
        return number(infoNce(scores, int32(Array.from({ length: 32 }, (_, i) => i))));
      });
    });
    const mean = batches.reduce((a, b) => a + b) / batches.length;
    expect(mean).toBeLessThan(truth);
    expect(mean).toBeGreaterThan(0.75 * truth);
    expect(Math.max(...batches)).toBeLessThanOrEqual(Math.log(32));
  });

  it("each has the gradient of finite differences", () => {
    tf.tidy(() => {
      const x = tf.tensor2d(seed.child("critic").normal(20), [5, 4]);
      const positives = int32([0, 1, 2, 3, 1]);
      const bounds: Record<string, (scores: Tensor) => Tensor> = {
        infoNce: (scores) => infoNce(scores as Tensor2D, positives),
        nwj: (scores) => nwj(scores as Tensor2D, positives),
        nwjBatch: (scores) => nwj(scores as Tensor2D, positives, "batch"),
        dv: (scores) => donskerVaradhan(scores as Tensor2D, positives),
        smile: (scores) => smile(scores as Tensor2D, positives, 10),
      };
      for (const [name, bound] of Object.entries(bounds))
        expect(gradientError(bound, x), name).toBeLessThan(1e-3);
    });
  });
});
