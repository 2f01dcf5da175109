// Portions of a set that are not sampled where the set is written, such as by the workers of a queue.
import type { EncodedImage } from "../datasets/imageFolder";
import type { Distiller } from "./distiller";
import type { LedgerEntry, Manifest } from "./manifest";
import type { SetOptions } from "./shards";

/** A portion as the bytes of its files. */
export interface FinishedShard {
  /** Class after class. */
  readonly images: readonly EncodedImage[];
  /** Selected real images: their places in the train split. */
  readonly sources?: Int32Array;
  /** Sampled images: the bounds of each image at each step. */
  readonly ledgers?: readonly (readonly LedgerEntry[])[];
}

/** What is wanted of the set in `folder`. */
export interface ShardRequest {
  /** Where the set is written; by whoever asks. */
  readonly folder: string;
  /** What samples. */
  readonly source: Distiller;
  /** With beta as a number. */
  readonly settings: SetOptions;
  /** The manifest before its first image. */
  readonly planned: Manifest;
  /** The classes of each portion that is not there yet. */
  readonly wanted: readonly (readonly number[])[];
}

/**
 * Has portions made, in any order, as many at once as have come. Once it is asked for the next ones, the files and the
 * manifest of those before are on the disk.
 */
export type ShardMaker = (request: ShardRequest) => AsyncIterable<readonly FinishedShard[]>;
