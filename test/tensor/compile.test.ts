import { afterEach, describe, expect, it, vi } from "vitest";
import { compile, compileStep, compileWith, type Tensors } from "../../src/tensor/compile";
import { engineInfo, type Tensor, type Tensor2D, type Tensor4D, tf } from "../../src/tensor/engine";

const largestDifference = (a: Tensor, b: Tensor): number => a.sub(b).abs().max().dataSync()[0];
const ramp = (...shape: number[]): Tensor =>
  tf.tensor(
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * 0.37)),
    shape,
  );

/** A small network with every kind of operation that the project's models use. */
const network = (w: { kernel: Tensor; dense: Tensor; scale: Tensor }, x: Tensor4D): Tensor => {
  const convolved = tf.conv2d(x, w.kernel as Tensor4D, 1, "same");
  const mean = convolved.mean([1, 2], true);
  const variance = convolved.sub(mean).square().mean([1, 2], true);
  const normal = convolved.sub(mean).mul(variance.add(1e-5).rsqrt()).mul(w.scale);
  const active = normal.mul(normal.sigmoid()) as Tensor4D;
  const pooled = tf.avgPool(active, 2, 2, "valid");
  const upsampled = tf.image.resizeNearestNeighbor(pooled, [8, 8]);
  const tokens = tf.concat([upsampled, active], 3).reshape([x.shape[0], 64, -1]);
  const attention = tf.softmax(tf.matMul(tokens, tokens, false, true).mul(0.1));
  return tf.matMul(attention, tokens).mean([1]).matMul(w.dense);
};
const weights = () => ({
  kernel: ramp(3, 3, 2, 4),
  dense: ramp(8, 5),
  scale: tf.ones([4]) as Tensor,
});

describe.skipIf(engineInfo.backend !== "tensorflow")("compile", () => {
  afterEach(() => tf.disposeVariables());

  it("agrees with eager execution, for a new shape too", () => {
    const w = weights();
    const fast = compileWith(w, network);
    for (const batch of [3, 5, 3]) {
      const x = ramp(batch, 8, 8, 2) as Tensor4D;
      expect(largestDifference(fast(x), network(w, x))).toBeLessThan(1e-5);
    }
    fast.dispose();
  });

  it("agrees for gradients by the input and by the weights", () => {
    const w = weights();
    const x = ramp(3, 8, 8, 2) as Tensor4D;
    const gradients = (s: typeof w, input: Tensor4D) => {
      const run = tf.grads((k: Tensor, d: Tensor, i: Tensor) =>
        network({ kernel: k, dense: d, scale: s.scale }, i as Tensor4D)
          .square()
          .sum(),
      );
      return run([s.kernel, s.dense, input]);
    };
    const fast = compileWith(w, gradients);
    const got = fast(x);
    gradients(w, x).forEach((expected, i) => {
      const scale = expected.abs().max().dataSync()[0];
      expect(largestDifference(got[i], expected) / scale).toBeLessThan(1e-5);
    });
    fast.dispose();
  });

  it("keeps the state of a training step and agrees with eager training", () => {
    const step = (s: { w: Tensor; momentum: Tensor }, x: Tensor2D, y: Tensor2D) => {
      const { value, grad } = tf.valueAndGrad((w: Tensor) =>
        x
          .matMul(w as Tensor2D)
          .sub(y)
          .square()
          .mean(),
      )(s.w);
      const momentum = s.momentum.mul(0.9).add(grad);
      return { state: { w: s.w.sub(momentum.mul(0.1)), momentum }, output: { loss: value } };
    };
    const start = { w: ramp(6, 2), momentum: tf.zeros([6, 2]) as Tensor };
    const fast = compileStep(start, step);
    let slow: { w: Tensor; momentum: Tensor } = start;
    const x = ramp(16, 6) as Tensor2D;
    const y = ramp(16, 2).mul(2) as Tensor2D;
    const losses: number[] = [];
    for (let i = 0; i < 25; i++) {
      const result = step(slow, x, y);
      slow = result.state;
      const { loss } = fast(x, y);
      losses.push(loss.dataSync()[0]);
      expect(Math.abs(losses[i] - result.output.loss.dataSync()[0])).toBeLessThan(1e-5);
    }
    expect(losses[24]).toBeLessThan(losses[0] / 2);
    expect(largestDifference(fast.state().w, slow.w)).toBeLessThan(1e-5);
    // Another batch size is another session: the state moves over.
    fast(ramp(8, 6) as Tensor2D, ramp(8, 2) as Tensor2D);
    expect(largestDifference(fast.state().w, slow.w)).toBeGreaterThan(0);
    fast.setState(start);
    expect(largestDifference(fast.state().w, start.w)).toBe(0);
    fast.dispose();
  });

  it("keeps no state in memory that JavaScript owns: TensorFlow's threads may not give it back", () => {
    // The addon shares memory that is aligned to 64 bytes; of four places 16 bytes apart one is.
    const arrays = [0, 16, 32, 48].map((offset) => new Float32Array(new ArrayBuffer(256), offset, 4).fill(1));
    const given: Tensors = Object.fromEntries(arrays.map((array, i) => [`w${i}`, tf.tensor1d(array)]));
    const inputs: Tensor[] = arrays.map((array) => tf.tensor1d(array));
    const held = compileWith(given, (w, x: Tensor) => tf.addN([x, ...Object.values(w)]));
    const taken = compileStep(given, (_: Tensors, ...xs: Tensor[]) => ({
      state: Object.fromEntries(xs.map((x, i) => [`w${i}`, x.reshape([2, 2]).reshape([4])])),
      output: tf.scalar(0),
    }));
    const zero = tf.zeros([4]);
    expect([...held(zero).dataSync()]).toEqual([4, 4, 4, 4]);
    taken(...inputs);
    for (const array of arrays) array.fill(100);
    expect([...held(zero).dataSync()]).toEqual([4, 4, 4, 4]);
    for (const tensor of Object.values(taken.state())) expect([...tensor.dataSync()]).toEqual([1, 1, 1, 1]);
    held.dispose();
    taken.dispose();
    tf.dispose([given, inputs, zero]);
  });

  it("can share one state among graphs of several shapes, without a copy in any", () => {
    const w = ramp(2, 2);
    const double = compileWith({ w }, ({ w }, x: Tensor2D) => tf.matMul(x, w as Tensor2D), {
      resident: false,
    });
    const resident = compileWith({ w }, ({ w }, x: Tensor2D) => tf.matMul(x, w as Tensor2D));
    for (const rows of [1, 3]) {
      const x = ramp(rows, 2) as Tensor2D;
      expect(largestDifference(double(x), resident(x))).toBe(0);
    }
    expect(largestDifference(double.state().w, w)).toBe(0);
    double.setState({ w: w.mul(2) });
    const x = ramp(1, 2) as Tensor2D;
    expect(largestDifference(double(x), resident(x).mul(2))).toBeLessThan(1e-6);
    double.dispose();
    expect(() => double(x)).toThrow(/disposed of/);
    resident.dispose();
  });

  it.each([
    ["resident", {}],
    ["shared", { resident: false }],
  ])("takes no state of another form, and none after it is disposed of: %s", (_, options) => {
    const w = tf.tensor1d([2, 3]);
    const times = compileWith<Tensors, [Tensor], Tensor>({ w }, (s, x) => x.mul(s.w!), options);
    const x = tf.tensor1d([1, 1]);
    const wrong: [Tensors, RegExp][] = [
      [{ w: tf.tensor1d([5]) }, /"w" as float32 \[2\], found float32 \[1\]/],
      [{ w: tf.ones([2, 2]) }, /found float32 \[2, 2\]/],
      [{ w: tf.tensor1d([1, 2], "int32") }, /found int32 \[2\]/],
      [{ w, typo: w }, /"typo"; the state has w/],
      [{}, /lacks "w"/],
    ];
    for (let call = 0; call < 2; call++) {
      const before = tf.memory().numTensors;
      for (const [state, message] of wrong) expect(() => times.setState(state)).toThrow(message);
      expect(tf.memory().numTensors).toBe(before);
      expect([...times(x).dataSync()]).toEqual([2, 3]);
    }
    times.dispose();
    const before = tf.memory().numTensors;
    expect(() => times.setState({ w })).toThrow(/disposed of/);
    expect(() => times(x)).toThrow(/disposed of/);
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each([
    ["resident", {}],
    ["shared", { resident: false }],
  ])("says which argument was disposed of before the call: %s", (_, options) => {
    const plus = compileWith<Tensors, [Tensor, Tensor], Tensor>(
      { w: tf.scalar(1) },
      (s, a, b) => a.add(b).add(s.w!),
      options,
    );
    const [a, b] = [tf.scalar(1), tf.scalar(2)];
    expect(plus(a, b).dataSync()[0]).toBe(4);
    b.dispose();
    expect(() => plus(a, b)).toThrow(/argument 2 of 2 disposed of/);
    plus.dispose();
  });

  it("accepts equal arguments, constants, and returns an argument", () => {
    const fast = compile((a: Tensor, b: Tensor) => [a.add(b.mul(tf.scalar(2))), a, tf.ones([2])] as const);
    const a = tf.tensor1d([1, 2]);
    const [sum, same, ones] = fast(a, a);
    expect([...sum.dataSync()]).toEqual([3, 6]);
    expect([...same.dataSync()]).toEqual([1, 2]);
    expect([...ones.dataSync()]).toEqual([1, 1]);
    fast.dispose();
  });

  it("knows the types of expandDims, which tfjs leaves open", () => {
    const fast = compile((a: Tensor) => tf.expandDims(a, 1).add(tf.expandDims(a, 0)));
    expect([...fast(tf.tensor1d([1, 2])).dataSync()]).toEqual([2, 3, 3, 4]);
    fast.dispose();
  });

  it("is plain code inside a gradient and inside another compiled function", () => {
    const cube = compile((x: Tensor) => x.mul(x).mul(x));
    expect(
      tf
        .grad((x) => cube(x).sum())(tf.tensor1d([2]))
        .dataSync()[0],
    ).toBeCloseTo(12, 5);
    const outer = compile((x: Tensor) => cube(x).add(1));
    expect(outer(tf.tensor1d([2])).dataSync()[0]).toBeCloseTo(9, 5);
    outer.dispose();
    cube.dispose();
  });

  it("leaves no tensors behind", () => {
    const w = weights();
    const x = ramp(3, 8, 8, 2) as Tensor4D;
    const fast = compileWith(w, network);
    fast(x).dispose();
    const before = tf.memory().numTensors;
    for (let i = 0; i < 10; i++) fast(x).dispose();
    expect(tf.memory().numTensors).toBe(before);
    fast.dispose();
  });

  it("refuses what a graph cannot hold", () => {
    const x = tf.tensor1d([1, 2, 3]);
    expect(() => compile((a: Tensor) => a.mul(a.square().dataSync()[0]))(x)).toThrow(
      /reads a tensor's values/,
    );
    expect(() => compile((a: Tensor) => a.add(tf.randomNormal([3])))(x)).toThrow(/random/);
    const large = tf.zeros([600, 600]);
    large.dataSync();
    const held = large.add(0);
    expect(() => compile((a: Tensor) => a.sum().add(held))(x)).toThrow(/neither an input nor state/);
    // After a refusal the engine is as before.
    expect([...x.add(1).dataSync()]).toEqual([2, 3, 4]);
    const step = compileStep({ a: x as Tensor }, (s, y: Tensor) => ({
      state: { b: y } as unknown as { a: Tensor },
      output: s.a,
    }));
    expect(() => step(x)).toThrow(/new state "b"/);
    const gone = compile((a: Tensor) => a.add(1));
    gone(x);
    gone.dispose();
    expect(() => gone(x)).toThrow(/disposed/);
  });

  it("rounds products to bfloat16 on request, within their precision", () => {
    const w = weights();
    const x = ramp(3, 8, 8, 2) as Tensor4D;
    const rounded = compileWith(w, network, { bfloat16: true });
    const difference = largestDifference(rounded(x), network(w, x));
    expect(difference).toBeGreaterThan(0);
    expect(difference).toBeLessThan(2e-2);
    rounded.dispose();
  });
});

describe("compile where nothing is compiled", () => {
  it("keeps no more than its state from step to step, and gives copies", () => {
    vi.stubEnv("IGDS_COMPILE", "off");
    const w = tf.scalar(1);
    const step = compileStep({ w: w as Tensor }, ({ w }, x: Tensor) => ({
      state: { w: tf.add(w, x) },
      output: w,
    }));
    const x = tf.scalar(2);
    step(x).dispose();
    const before = tf.memory().numTensors;
    for (let i = 0; i < 5; i++) {
      const old = step(x);
      expect(old.dataSync()[0]).toBe(3 + 2 * i);
      old.dispose();
    }
    expect(tf.memory().numTensors).toBe(before);
    const both = compileWith({ w }, ({ w }, x: Tensor) => [w, x] as const);
    for (let i = 0; i < 2; i++) tf.dispose([...both(x)]);
    expect(x.dataSync()[0] + w.dataSync()[0]).toBe(3);
    vi.unstubAllEnvs();
  });
});

describe.skipIf(engineInfo.backend !== "tensorflow")("a recording that fails", () => {
  it("leaves nothing behind", () => {
    const wrong = compileWith({ w: ramp(2, 3) }, ({ w }, x: Tensor2D) => tf.matMul(x, w as Tensor2D));
    const x = ramp(4, 4) as Tensor2D;
    expect(() => wrong(x)).toThrow();
    const before = tf.memory().numTensors;
    for (let i = 0; i < 3; i++) expect(() => wrong(x)).toThrow();
    expect(tf.memory().numTensors).toBe(before);
  });
});
