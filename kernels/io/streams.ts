// process.stdout, process.stderr and the console of a cell: streams whose text goes to the notebook.

import { Writable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import type { StreamName } from "../link";
import type { Batch } from "./batch";

type Callback = (error: Error | null | undefined) => void;

/**
 * A stream that takes everything at once and never ends.
 *
 * It does without the state of a Writable (writing, buffered, ended): a cell that is terminated in the middle
 * of a write would leave that state half changed, and no later text would ever arrive.
 */
class NotebookStream extends Writable {
  readonly fd: 1 | 2;
  /** No terminal, but libraries that lay text out ask for a width. */
  readonly columns = 80;
  readonly #name: StreamName;
  readonly #batch: Batch;
  /** Joins the bytes of a character that was cut in two. */
  readonly #decoder = new StringDecoder("utf8");
  #calls: { readonly callback: Callback; times: number } | undefined;

  constructor(name: StreamName, batch: Batch) {
    super({ decodeStrings: false, autoDestroy: false, emitClose: false });
    this.fd = name === "stdout" ? 1 : 2;
    this.#name = name;
    this.#batch = batch;
  }

  override write(
    chunk: unknown,
    encodingOrCallback?: BufferEncoding | Callback | null,
    callback?: Callback,
  ): boolean {
    const encoding = typeof encodingOrCallback === "string" ? encodingOrCallback : "utf8";
    const done = typeof encodingOrCallback === "function" ? encodingOrCallback : callback;
    this.#batch.write(this.#name, this.#text(chunk, encoding));
    if (done !== undefined) this.#callBack(done);
    return true;
  }

  /** Ends what is piped into the stream, as `pipeline` expects; the stream itself goes on. */
  override end(
    chunk?: unknown,
    encodingOrCallback?: BufferEncoding | Callback,
    callback?: Callback | (() => void),
  ): this {
    const done = [chunk, encodingOrCallback, callback].find((argument) => typeof argument === "function");
    if (chunk !== undefined && chunk !== null && chunk !== done) {
      this.write(chunk, typeof encodingOrCallback === "string" ? encodingOrCallback : "utf8");
    }
    process.nextTick(() => {
      this.emit("finish");
      (done as (() => void) | undefined)?.();
    });
    return this;
  }

  /** A failed pipeline hears that the stream was closed; the stream itself goes on. */
  override destroy(): this {
    process.nextTick(() => this.emit("close"));
    return this;
  }

  #text(chunk: unknown, encoding: BufferEncoding): string {
    if (typeof chunk === "string") {
      return encoding === "utf8" || encoding === "utf-8" ? chunk : Buffer.from(chunk, encoding).toString();
    }
    if (chunk instanceof Uint8Array)
      return this.#decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    throw new TypeError(`process.${this.#name}.write takes a string or bytes, found ${typeof chunk}`);
  }

  /** The console passes the same function with every line: a loop of 100,000 lines needs one tick, not 100,000. */
  #callBack(callback: Callback): void {
    if (this.#calls?.callback === callback) {
      this.#calls.times++;
      return;
    }
    const calls = { callback, times: 1 };
    process.nextTick(() => {
      if (this.#calls === calls) this.#calls = undefined;
      for (; calls.times > 0; calls.times--) callback(null);
    });
    this.#calls = calls;
  }
}

/** Ends the groups that a cell has left open, as after an error: the next cell's lines would be indented. */
export function endGroups(): void {
  const indent = Object.getOwnPropertySymbols(console).find(
    ({ description }) => description === "kGroupIndent",
  );
  if (indent) (console as unknown as Record<symbol, string>)[indent] = "";
}

/** Puts notebook streams in the place of the process's own, for the console as well. */
export function replaceStreams(batch: Batch): void {
  for (const name of ["stdout", "stderr"] as const) {
    const stream = new NotebookStream(name, batch);
    Object.defineProperty(process, name, { configurable: true, enumerable: true, get: () => stream });
    // The console asks the process for its streams once, and may have done so already.
    (console as unknown as Record<string, unknown>)[`_${name}`] = stream;
  }
}
