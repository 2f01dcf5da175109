import { describe, expect, it } from "vitest";
import { tf } from "../../src/tensor/engine";
import { numbersOf } from "../../src/tensor/numbersOf";

describe("numbersOf", () => {
  it("gives the numbers of one tensor or several, frees what was made, and leaves the caller's own", () => {
    const own = tf.tensor1d([1, 2]);
    const before = tf.memory().numTensors;
    expect(numbersOf(() => tf.mul(own, tf.scalar(2)))).toEqual(Float32Array.of(2, 4));
    const [same, sum] = numbersOf(() => [own, tf.sum(own)]);
    expect([same, sum]).toEqual([Float32Array.of(1, 2), Float32Array.of(3)]);
    expect(tf.memory().numTensors).toBe(before);
    own.dispose();
  });

  it("does not look for tensors among the numbers, as tidy does", () => {
    const cpu = (work: () => unknown): number => {
      const start = process.cpuUsage();
      work();
      const { user, system } = process.cpuUsage(start);
      return user + system;
    };
    const random = tf.randomUniform([300_000]);
    const walked = cpu(() => tf.tidy(() => tf.add(random, 1).dataSync()));
    expect(cpu(() => numbersOf(() => tf.add(random, 1)))).toBeLessThan(walked / 4);
    random.dispose();
  });
});
