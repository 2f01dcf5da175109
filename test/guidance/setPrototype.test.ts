import { describe, expect, it } from "vitest";
import { timeSteps } from "../../src/diffusion/schedule";
import { setPrototype } from "../../src/guidance/setPrototype";
import { setReference } from "../../src/guidance/setReference";
import type { TermContext } from "../../src/guidance/term";
import { pixelFeatures } from "../../src/nn/randomFeatures";
import { type Tensor4D, tf } from "../../src/tensor/engine";
import { Seed } from "../../src/tensor/random";

const shape = [8, 8, 1] as const;
const size = 64;
const ipc = 4;
const labels = [0, 0, 0, 0, 2, 2, 2, 2];
const n = labels.length;
const inOrder = labels.map((_, i) => i);
const seed = new Seed("set prototype");
const images = (name: string, count: number) => ({
  data: seed
    .child(name)
    .normal(count * size)
    .map((value) => 0.4 * value),
  shape: [count, ...shape] as const,
});
const maps = [pixelFeatures(shape)];
const told = {
  classes: [0, 1, 2],
  real: [0, 1, 2].map((k) => images(`real ${k}`, 30)),
  standIns: [{ label: 1, images: images("stand-ins", ipc) }],
};
const contextOf = (x0: Tensor4D, of: readonly number[], group = 0): TermContext => ({
  xt: x0,
  labels: tf.tensor1d(Int32Array.from(of), "int32"),
  groups: 2,
  ipc,
  t: tf.tensor1d(new Int32Array(n), "int32"),
  s2: tf.scalar(1),
  numbers: { group: tf.scalar(group) },
});

describe("the set's information", () => {
  const x0 = images("x0", n).data;

  it("is that of the formula, for the images and the stand-ins together", () => {
    const reference = setReference([maps], told);
    const term = setPrototype(reference);
    const at = tf.tensor4d(x0, [n, ...shape]);
    const [found] = term.value(term.tensors, at, contextOf(at, labels)).dataSync();
    const rows = (data: ArrayLike<number>) =>
      Array.from({ length: data.length / size }, (_, i) => Array.from(data).slice(i * size, (i + 1) * size));
    const real = told.real.flatMap(({ data }) => rows(data));
    const set = [...rows(x0), ...rows(told.standIns[0].images.data)];
    const places = [...labels, 1, 1, 1, 1];
    const far = (a: number[], b: number[]) => a.reduce((total, value, i) => total + (value - b[i]) ** 2, 0);
    const pairs = real.flatMap((a) => real.map((b) => far(a, b)));
    const s2 = pairs.reduce((a, b) => a + b, 0) / pairs.length;
    const kernel = (a: number[], b: number[]) => Math.exp(-far(a, b) / (2 * s2));
    const matrix = set.map((a, i) => set.map((b, j) => kernel(a, b) + (i === j ? 0.1 : 0)));
    const alpha = [0, 1, 2].map((y) =>
      solved(
        matrix,
        places.map((place) => (place === y ? 1 : 0) - 1 / 3),
      ),
    );
    const scores = real.map((x) =>
      alpha.map((a) => set.reduce((total, b, i) => total + a[i] * kernel(x, b), 0)),
    );
    const bounds = [1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32].map((tau) => {
      const each = scores.map((g, i) => {
        const sum = g.reduce((total, value) => total + Math.exp(tau * value), 0);
        return Math.log(3) + tau * g[Math.floor(i / 30)] - Math.log(sum);
      });
      return each.reduce((a, b) => a + b, 0) / each.length;
    });
    expect(found).toBeCloseTo(Math.max(...bounds), 4);
  });

  it("is the same in any order, and another one of other real images", () => {
    const many = { ...told, real: [0, 1, 2].map((k) => images(`many ${k}`, 130)) };
    const value = (of: readonly number[], group: number) => {
      const term = setPrototype(setReference([maps, maps], many));
      const data = Float32Array.from(of.flatMap((i) => [...x0.subarray(i * size, (i + 1) * size)]));
      const at = tf.tensor4d(data, [n, ...shape]);
      const context = contextOf(
        at,
        of.map((i) => labels[i]),
        group,
      );
      return term.value(term.tensors, at, context).dataSync()[0];
    };
    expect(value([4, 5, 6, 7, 3, 2, 1, 0], 0)).toBeCloseTo(value(inOrder, 0), 5);
    expect(value(inOrder, 1)).not.toBeCloseTo(value(inOrder, 0), 3);
  });

  it("looks through every group in the course of a run, through the same at the same time step", () => {
    const { groupAt } = setReference([maps, maps], told);
    const seen = timeSteps(50).map(groupAt);
    expect(new Set(seen)).toEqual(new Set([0, 1]));
    expect(timeSteps(50).map(setReference([maps, maps], told).groupAt)).toEqual(seen);
  });
});

/** Gauss and Jordan, with the largest pivot. */
function solved(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i]]);
  for (let k = 0; k < rows.length; k++) {
    const pivot = rows
      .slice(k)
      .reduce((best, row, i) => (Math.abs(row[k]) > Math.abs(rows[best][k]) ? k + i : best), k);
    [rows[k], rows[pivot]] = [rows[pivot], rows[k]];
    for (let i = 0; i < rows.length; i++) {
      if (i === k) continue;
      const factor = rows[i][k] / rows[k][k];
      rows[i] = rows[i].map((value, j) => value - factor * rows[k][j]);
    }
  }
  return rows.map((row, i) => row[rows.length] / row[i]);
}

it("a reference says what it expected", () => {
  const real = told.real.slice(1);
  expect(() => setReference([maps], { ...told, real })).toThrow(
    /groups of 1 maps, 3 classes, 30 30 real images/,
  );
  expect(() => setReference([maps, []], told)).toThrow(/groups of 1 0 maps/);
  expect(() => setReference([maps], { ...told, classes: [0, 2, 3] })).toThrow(/stand in for class 1/);
});
