// Messages that were damaged on their way: lists of frames with parts flipped, cut, lost, doubled or swapped.

import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/** `count` damaged copies of what `make` gives; the same for the same seed. Identities and buffers stay. */
export function* damage(
  count: number,
  seed: number,
  make: () => (Uint8Array | string)[],
): Generator<Uint8Array[]> {
  const generator = xoroshiro128plus(seed);
  const below = (limit: number) => (generator.next() >>> 0) % limit;
  for (let made = 0; made < count; made++) {
    const frames = make().map((frame) => Buffer.from(frame as Uint8Array));
    // What is signed, and the signature: after the delimiter.
    const first = frames.findIndex((frame) => frame.toString() === "<IDS|MSG>");
    const signedParts = [1, 2, 3, 4, 5].map((offset) => first + offset);
    const target = below(10) === 0 ? first : signedParts[below(5)]!;
    const frame = frames[target]!;
    const ways: (() => void)[] = [
      () => {
        frame[below(frame.length)]! ^= 1 << below(8);
      },
      () => {
        frames[target] = frame.subarray(0, below(frame.length));
      },
      () => {
        frames.splice(target, 1);
      },
      () => {
        frames[target] = Buffer.from(Array.from({ length: 1 + below(60) }, () => below(256)));
      },
      () => {
        frames[target] = Buffer.concat([frame, Buffer.from([below(256)])]);
      },
      () => {
        // Not the content: its second copy would be a buffer, which is not signed.
        const doubled = Math.min(target, first + 4);
        frames.splice(doubled, 0, frames[doubled]!);
      },
      () => {
        frames[target] = Buffer.from(
          ["null", "[]", "1e999", '"', '{"msg_id":{}}', "[".repeat(5000)][below(6)]!,
        );
      },
    ];
    ways[below(ways.length)]!();
    yield frames;
  }
}
