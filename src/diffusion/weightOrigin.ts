// Where the weights of a network come from, so that a manifest can tell it from others.
import { sha256 } from "@noble/hashes/sha2";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils";
import type { Checkpoint } from "../nn/checkpoint";
import type { Weights } from "../nn/parameters";
import { type Tensor, tf } from "../tensor/engine";
import type { Prediction } from "./prediction";

/** A weight file that others have published: its name, and the SHA-256 of its bytes. */
export interface WeightOrigin extends Pick<Checkpoint, "file" | "sha256"> {
  /** What was told of it that it does not say itself; the same file read in another way is another network. */
  readonly as?: {
    /** Its classes, as its own indices. Left out: all. */
    readonly classes?: readonly number[];
    /** Number of classes of the data. */
    readonly classCount?: number;
    /** Part of the file. */
    readonly part?: string;
    /** What the network predicts. Left out: the noise. */
    readonly prediction?: Prediction;
  };
}

/**
 * Stands for the file of a network that was made of weights in memory.
 *
 * @param config how the network is built
 * @param copies of its weights; they are disposed of
 * @returns SHA-256 of the config and of the names, shapes and bytes of the weights
 */
export function originInMemory(config: object, copies: () => Weights): WeightOrigin {
  const hash = sha256.create().update(utf8ToBytes(JSON.stringify(config)));
  const weights = copies();
  for (const name of Object.keys(weights).sort()) {
    const { shape } = weights[name]!;
    const { buffer, byteOffset, byteLength } = weights[name]!.dataSync();
    hash.update(utf8ToBytes(JSON.stringify([name, shape])));
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  tf.dispose(weights as Record<string, Tensor>);
  return { file: "(weights in memory)", sha256: bytesToHex(hash.digest()) };
}
