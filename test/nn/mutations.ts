// Damage to bytes as disks, downloads and ill will do it, the same at every run.
import { Seed } from "../../src/tensor/random";

const extremes = [0, 1, 0x7f, 0x80, 0xff];

/** Copies of `bytes`, each with one to four faults: changed, lost, doubled or moved bytes, extreme numbers, cut ends. */
export function* mutations(bytes: Uint8Array, count: number, seed: string): Generator<Uint8Array> {
  const draws = new Seed(seed).uniform(count * 32);
  let next = 0;
  const draw = (below: number) => Math.floor(draws[next++ % draws.length]! * below);
  for (let i = 0; i < count; i++) {
    next = i * 32;
    let damaged = Buffer.from(bytes);
    for (let faults = 1 + draw(4); faults > 0 && damaged.length > 0; faults--) {
      const at = draw(damaged.length);
      const length = 1 + draw(8);
      switch (draw(7)) {
        case 0:
          damaged[at]! ^= 1 << draw(8);
          break;
        case 1:
          damaged[at] = draw(256);
          break;
        case 2:
          damaged.fill(extremes[draw(extremes.length)]!, at, Math.min(at + length, damaged.length));
          break;
        case 3:
          damaged = damaged.subarray(0, at);
          break;
        case 4:
          damaged = Buffer.concat([damaged.subarray(0, at), damaged.subarray(at + length)]);
          break;
        case 5: {
          const from = draw(damaged.length);
          const piece = damaged.subarray(from, from + 4 * length);
          damaged = Buffer.concat([damaged.subarray(0, at), piece, damaged.subarray(at)]);
          break;
        }
        default:
          damaged.copy(damaged, draw(damaged.length), at, at + 4 * length);
      }
    }
    yield Uint8Array.from(damaged);
  }
}
