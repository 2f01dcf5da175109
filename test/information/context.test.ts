import { describe, expect, it } from "vitest";
import { noiseVariance } from "../../src/information/bandwidth";
import { contextInformation, contextLogits, contextTensors } from "../../src/information/context";
import { compile } from "../../src/tensor/compile";
import { type Tensor, tf } from "../../src/tensor/engine";
import { Seed } from "../../src/tensor/random";
import { gradientError } from "./gradientError";
import { lawOf, randomModel } from "./randomModel";

const seed = new Seed("context");
const number = (tensor: Tensor): number => tensor.dataSync()[0]!;
const largest = (tensor: Tensor): number => number(tf.max(tf.abs(tensor)));

describe("contextInformation", () => {
  it("equals I(X;Z|Y) at every noise level for images of the model's own law, and lies below it for a wrong q", () => {
    for (let index = 0; index < 24; index++) {
      const own = seed.child("truth", index);
      const k = 2 + (index % 6);
      const dimension = [1, 3, 10, 30][index % 4]!;
      const model = randomModel(own, k, dimension, 2 / Math.sqrt(dimension));
      const alphaBar = [1, 0.8, 0.3][index % 3]!;
      const law = lawOf(model, alphaBar);
      const truth = law.contextInformation(own, { tolerance: 0.01 });
      const { points, contexts } = law.sample(4000, own.child("images"));
      tf.tidy(() => {
        const x = tf.tensor2d(points, [4000, dimension]);
        const z = tf.tensor1d(Array.from(contexts), "int32");
        const right = contextInformation(x, contextTensors([model]), z, { alphaBar });
        // The draws estimate both E log q(z|x) and H(Z): together the mean of log q(z|x) - log p(z).
        const logPrior = tf.gather(tf.log(tf.tensor1d(model.weights)), z);
        const spread = Math.sqrt(number(tf.moments(tf.sub(right.perImage, logPrior)).variance) / 4000);
        const slack = 4 * Math.hypot(truth.standardError, spread) + 1e-3;
        expect(Math.abs(number(right.set) - truth.value)).toBeLessThan(slack);
        const soft = contextInformation(x, contextTensors([model]), "soft", { alphaBar });
        expect(Math.abs(number(soft.set) - truth.value)).toBeLessThan(slack);

        const wrong = contextTensors([randomModel(own.child("wrong"), k, dimension)]);
        expect(number(contextInformation(x, wrong, z, { alphaBar }).set)).toBeLessThan(truth.value + slack);
        const overconfident = contextInformation(x, contextTensors([model]), z, { alphaBar }, 0.3);
        expect(number(overconfident.set)).toBeLessThan(number(right.set) + slack);
      });
    }
  });

  it("is exactly zero, with no gradient, at IPC 1", () => {
    tf.tidy(() => {
      const models = [0, 1, 2].map((y) => randomModel(seed.child("one", y), 1, 5));
      const tensors = contextTensors(models);
      const x = tf.tensor3d(seed.child("one").normal(15), [3, 1, 5]);
      for (const assignment of ["own", "soft"] as const) {
        for (const noise of [{ alphaBar: 0.4 }, { s2: 0 }]) {
          const value = (input: Tensor) => contextInformation(input, tensors, assignment, noise);
          expect([...value(x).perImage.dataSync()]).toEqual([0, 0, 0]);
          expect([...value(x).set.dataSync()]).toEqual([0, 0, 0]);
          const gradient = tf.grad((input: Tensor) => value(input).perImage.sum())(x);
          expect(largest(gradient)).toBe(0);
        }
      }
    });
  });

  it("has the ceiling ln IPC, reached by one image in each of well separated clusters", () => {
    for (let index = 0; index < 15; index++) {
      const own = seed.child("ceiling", index);
      const k = 2 + (index % 5);
      tf.tidy(() => {
        const tensors = contextTensors([randomModel(own, k, 4, 1 + index)]);
        const x = tf.tensor2d(own.child("x").normal(k * 4), [k, 4]);
        for (const assignment of ["own", "soft"] as const) {
          const { perImage, set } = contextInformation(x, tensors, assignment, { alphaBar: 0.9 });
          expect(number(set)).toBeLessThanOrEqual(Math.log(k) + 1e-6);
          if (assignment === "own") expect(number(tf.max(perImage))).toBeLessThanOrEqual(Math.log(k) + 1e-6);
          else expect(number(set)).toBeGreaterThanOrEqual(-1e-6);
        }
        const distinct = randomModel(own.child("distinct"), k, 4, 200);
        const { set, perImage } = contextInformation(
          tf.tensor2d(distinct.centroids, [k, 4]),
          contextTensors([distinct]),
          "own",
          { s2: 0 },
        );
        expect(number(set)).toBeCloseTo(Math.log(k), 5);
        expect(number(tf.min(perImage))).toBeCloseTo(Math.log(k), 5);
      });
    }
  });

  it("counts Z by its law in the set: no information if all images share a cluster", () => {
    tf.tidy(() => {
      const tensors = contextTensors([randomModel(seed.child("law"), 3, 2, 100)]);
      const first = tf.slice(tf.reshape(tensors.centroids, [3, 2]), [0, 0], [1, 2]);
      const same = contextInformation(tf.tile(first, [4, 1]), tensors, tf.zeros([4], "int32"), { s2: 0 });
      expect(number(same.set)).toBeCloseTo(0, 5);
      expect(number(same.perImage)).toBeCloseTo(Math.log(3), 5);
    });
  });

  it("x0hat with the noise level as s2 is x_t, on another scale", () => {
    tf.tidy(() => {
      const tensors = contextTensors([randomModel(seed.child("scale"), 4, 6)]);
      const x0 = tf.tensor2d(seed.child("scale").normal(24), [4, 6]);
      const alphaBar = 0.35;
      const noised = contextInformation(tf.mul(x0, Math.sqrt(alphaBar)), tensors, "own", { alphaBar });
      const soft = contextInformation(x0, tensors, "own", { s2: noiseVariance(alphaBar) });
      expect(largest(tf.sub(noised.perImage, soft.perImage))).toBeLessThan(1e-4);
      const clean = contextInformation(x0, tensors, "own", { alphaBar: 1 });
      const zero = contextInformation(x0, tensors, "own", { s2: 0 });
      expect(largest(tf.sub(clean.perImage, zero.perImage))).toBeLessThan(1e-5);
    });
  });

  it("does not change when images and centroids are moved or turned together, nor with the order of images", () => {
    tf.tidy(() => {
      const model = randomModel(seed.child("moved"), 3, 5);
      const x = tf.tensor2d(seed.child("moved").normal(20), [4, 5]);
      const z = tf.tensor1d([2, 0, 1, 1], "int32");
      const base = contextInformation(x, contextTensors([model]), z, { s2: 0.2 });
      const shift = tf.tensor1d(seed.child("shift").normal(5));
      const turn = tf.linalg.gramSchmidt(tf.tensor2d(seed.child("turn").normal(25), [5, 5])) as Tensor;
      const change = (points: Tensor): Tensor => tf.add(tf.matMul(points, turn), shift);
      const centroids = change(tf.tensor2d(model.centroids, [3, 5])).dataSync() as Float32Array;
      const other = contextTensors([{ ...model, centroids }]);
      const changed = contextInformation(change(x), other, z, { s2: 0.2 });
      expect(largest(tf.sub(base.perImage, changed.perImage))).toBeLessThan(1e-4);
      const order = tf.tensor1d([3, 1, 0, 2], "int32");
      const permuted = contextInformation(tf.gather(x, order), contextTensors([model]), tf.gather(z, order), {
        s2: 0.2,
      });
      expect(number(permuted.set)).toBeCloseTo(number(base.set), 5);
      expect(largest(tf.sub(permuted.perImage, tf.gather(base.perImage, order)))).toBeLessThan(1e-5);
    });
  });

  it("treats classes apart, with an assignment for all or one each", () => {
    tf.tidy(() => {
      const models = [0, 1].map((y) => randomModel(seed.child("classes", y), 3, 4));
      const x = tf.tensor3d(seed.child("classes").normal(24), [2, 3, 4]);
      const z = [
        [0, 2, 1],
        [1, 1, 0],
      ];
      const each = contextInformation(x, contextTensors(models), tf.tensor2d(z, [2, 3], "int32"), { s2: 0 });
      expect(each.perImage.shape).toEqual([2, 3]);
      tf.unstack(x).forEach((own, y) => {
        const one = contextInformation(own, contextTensors([models[y]!]), tf.tensor1d(z[y]!, "int32"), {
          s2: 0,
        });
        expect(largest(tf.sub(tf.unstack(each.perImage)[y]!, one.perImage))).toBeLessThan(1e-5);
        expect(each.set.dataSync()[y]).toBeCloseTo(number(one.set), 5);
      });
      const temperatures = tf.tensor1d([0.5, 3]);
      const tempered = contextInformation(x, contextTensors(models), "own", { s2: 0 }, temperatures);
      tf.unstack(x).forEach((own, y) => {
        const t = [0.5, 3][y]!;
        const one = contextInformation(own, contextTensors([models[y]!]), "own", { s2: 0 }, t);
        expect(largest(tf.sub(tf.unstack(tempered.perImage)[y]!, one.perImage))).toBeLessThan(1e-5);
      });
      const shared = contextInformation(x, contextTensors(models), tf.tensor1d([0, 1, 2], "int32"), {
        s2: 0,
      });
      const own = contextInformation(x, contextTensors(models), "own", { s2: 0 });
      expect(largest(tf.sub(shared.perImage, own.perImage))).toBe(0);
      expect(largest(tf.sub(shared.set, own.set))).toBe(0);
    });
  });

  it("the uniform prior forgets how many real images a cluster has", () => {
    tf.tidy(() => {
      const model = { ...randomModel(seed.child("prior"), 2, 1), weights: Float32Array.of(0.99, 0.01) };
      const x = tf.tensor2d([[0.3]]);
      const difference = (prior: "data" | "uniform") => {
        const [a, b] = contextLogits(x, contextTensors([model], prior), { s2: 0 }).dataSync();
        return a! - b!;
      };
      expect(difference("data") - difference("uniform")).toBeCloseTo(Math.log(99), 4);
    });
  });

  it("has the gradient of finite differences, for each assignment and kind of noise", () => {
    tf.tidy(() => {
      const tensors = contextTensors([0, 1].map((y) => randomModel(seed.child("gradient", y), 3, 4)));
      const x = tf.tensor3d(seed.child("gradient").normal(24), [2, 3, 4]);
      for (const assignment of ["own", "soft"] as const) {
        for (const noise of [{ alphaBar: 0.6 }, { s2: 0.8 }]) {
          const value = (input: Tensor) =>
            contextInformation(input, tensors, assignment, noise, 1.3).perImage.sum();
          expect(gradientError(value, x)).toBeLessThan(1e-3);
        }
      }
    });
  });

  it("runs inside a compiled graph with alphaBar as an input", () => {
    const tensors = contextTensors([randomModel(seed.child("compiled"), 3, 4)]);
    const value = (x: Tensor, alphaBar: Tensor) =>
      contextInformation(x, tensors, "own", { alphaBar }).perImage.sum();
    const step = compile((x: Tensor, alphaBar: Tensor) => tf.grad((v: Tensor) => value(v, alphaBar))(x));
    tf.tidy(() => {
      for (const alphaBar of [0.9, 0.2]) {
        const x = tf.tensor2d(seed.child("compiled", alphaBar).normal(12), [3, 4]);
        const level = tf.scalar(alphaBar);
        const difference = tf.sub(step(x, level) as Tensor, tf.grad((v: Tensor) => value(v, level))(x));
        expect(largest(difference)).toBeLessThan(1e-5);
      }
    });
    step.dispose();
  });

  it("refuses shapes and models that do not fit", () => {
    const models = [0, 1].map((y) => randomModel(seed.child("bad", y), 3, 4));
    const tensors = contextTensors(models);
    expect(() => contextLogits(tf.zeros([3, 4]), tensors, { s2: 0 })).toThrow(/\[2, N, 4\].*found \[3,4\]/);
    expect(() => contextInformation(tf.zeros([2, 3, 4]), tensors, tf.zeros([2], "int32"), { s2: 0 })).toThrow(
      /each of 3 images/,
    );
    expect(() => contextTensors([models[0]!, randomModel(seed, 2, 4)])).toThrow(/same IPC/);
    expect(() => contextTensors([])).toThrow(/at least one class/);
  });
});
