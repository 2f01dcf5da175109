// What a pickle holds, read without running anything.

/** Lists and tuples are arrays (tuples frozen), dicts are maps. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | Map<PickleValue, PickleValue>
  | PickleObject;

/** What is neither a plain value nor made of them; the caller derives its own kinds. */
export abstract class PickleObject {
  /** What it is, for messages. */
  abstract readonly what: string;
}

/** What a pickle asks for beyond plain values; each may throw PickleError. */
export interface PickleHooks {
  /** A name in a Python module. */
  global(module: string, name: string): PickleValue;
  /** `callable(*args)`, also for `callable.__new__(callable, *args)`. */
  call(callable: PickleValue, args: readonly PickleValue[]): PickleValue;
  /** What lies outside the pickle. */
  persistent(id: PickleValue): PickleValue;
}
