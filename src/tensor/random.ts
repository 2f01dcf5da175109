// Named, splittable random numbers: the only source of randomness in the library.
// A seed is a path of names, not a stream. The numbers drawn from a path depend on the path alone, so two
// methods share their noise, and a resumed run repeats it, whatever else was drawn before.

import { sha256 } from "@noble/hashes/sha2";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";

/**
 * An immutable name for a sequence of random numbers.
 *
 * Drawing does not change the seed: `seed.normal(4)` gives the same four numbers at every call, and they are
 * the first four of `seed.normal(9)`. Take a `child` for every independent draw. The kinds of draw (normal,
 * uniform, ...) on one seed are independent of each other.
 *
 * Numbers and their decimal strings name the same seed, so `new Seed(0)` is `new Seed("0")` (the command
 * line passes strings); `child("a", "b")` is `child("a").child("b")`, and differs from `child("ab")`.
 *
 * The generator is xoroshiro128+ (pure-rand), its 128-bit state taken from SHA-256 of the path.
 * @example
 * const seed = new igds.Seed(0).child("noise");
 * seed.normal(4); // the same four numbers at every call
 */
export class Seed {
  /**
   * The seed itself, or that of a number or text.
   * @throws RangeError for anything else, a number that is not finite among it
   */
  static of(like: SeedLike): Seed {
    if (like instanceof Seed) return like;
    if (typeof like === "number" || typeof like === "string") return new Seed(like);
    throw new RangeError(`Expected a seed, a number, a text or new Seed(0), such as seed: 0; found ${like}.`);
  }

  /** The names from the root to this seed; what a manifest stores. */
  readonly path: readonly string[];

  /** @throws RangeError if `root` is a number that is not finite. */
  constructor(root: number | string) {
    this.path = [part(root)];
  }

  /** The seed one or more names below this one. @throws RangeError for a number that is not finite. */
  child(...path: (string | number)[]): Seed {
    const child = Object.create(Seed.prototype) as { path: readonly string[] };
    child.path = [...this.path, ...path.map(part)];
    return child as Seed;
  }

  /** `count` draws from N(0, 1), by Box-Muller in float64, rounded to float32; |value| <= 8.58. */
  normal(count: number): Float32Array {
    const values = new Float32Array(checkedCount(count));
    const next = this.generator("normal");
    for (let i = 0; i < count; i += 2) {
      const radius = Math.sqrt(-2 * Math.log(1 - next())); // 1 - u lies in (0, 1]: the logarithm is finite
      const angle = 2 * Math.PI * next();
      values[i] = radius * Math.cos(angle);
      if (i + 1 < count) values[i + 1] = radius * Math.sin(angle);
    }
    return values;
  }

  /** `count` draws from the uniform distribution on [0, 1), 53 bits each. */
  uniform(count: number): Float64Array {
    const values = new Float64Array(checkedCount(count));
    const next = this.generator("uniform");
    for (let i = 0; i < count; i++) values[i] = next();
    return values;
  }

  /** A uniformly drawn order of 0 .. count - 1 (Fisher-Yates). */
  permutation(count: number): Int32Array {
    const order = new Int32Array(checkedCount(count));
    const next = this.generator("permutation");
    for (let i = 0; i < count; i++) {
      // Inside-out form: no separate pass to fill the array.
      const j = Math.floor(next() * (i + 1));
      order[i] = order[j]!;
      order[j] = i;
    }
    return order;
  }

  /** `count` independent whole numbers from 0 .. below - 1. @throws RangeError unless 1 <= below <= 2^31. */
  integers(count: number, below: number): Int32Array {
    if (!Number.isInteger(below) || below < 1 || below > 2 ** 31) {
      throw new RangeError(`Seed.integers: "below" must be a whole number from 1 to 2^31, found ${below}`);
    }
    const values = new Int32Array(checkedCount(count));
    const next = this.generator("integers");
    for (let i = 0; i < count; i++) values[i] = Math.floor(next() * below);
    return values;
  }

  /** The path for messages and logs, for example `0/sample/class 3`. */
  toString(): string {
    return this.path.join("/");
  }

  /** Uniform doubles for one kind of draw on this path. */
  private generator(kind: string): () => number {
    // JSON keeps the parts apart: ["a","b"] and ["ab"] hash differently.
    const digest = new DataView(sha256(JSON.stringify([this.path, kind])).buffer);
    const state = [0, 4, 8, 12].map((offset) => digest.getInt32(offset, true));
    const bits = xoroshiro128plusFromState(state);
    // The lowest bits of xoroshiro128+ are its weak ones: 27 + 26 high bits make the 53 of a double.
    return () => ((bits.next() >>> 5) * 0x4000000 + (bits.next() >>> 6)) / 0x20000000000000;
  }
}

/**
 * What stands for a seed where one is asked for: 0 is `new Seed(0)`. Where it is written down with what was made from it, as in a
 * manifest or a checkpoint, it is a number or a text.
 */
export type SeedLike = Seed | number | string;

function part(name: number | string): string {
  if (typeof name === "number" && !Number.isFinite(name)) {
    throw new RangeError(`Seed: a part of a path must be a string or a finite number, found ${name}`);
  }
  return String(name);
}

function checkedCount(count: number): number {
  if (!Number.isInteger(count) || count < 0) {
    throw new RangeError(`Seed: "count" must be a whole number >= 0, found ${count}`);
  }
  return count;
}
