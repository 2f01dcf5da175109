// Captures what the process writes to stdout and stderr and hands it on in batches.

import { StringDecoder } from "node:string_decoder";

export type StreamName = "stdout" | "stderr";

type WriteCallback = (error?: Error | null) => void;

/** One message per console.log would be 10,000 for 10,000 lines: text waits at most this long for company. */
const batchMilliseconds = 50;
const batchCharacters = 1 << 16;

/** Replaces `process.stdout.write` and `process.stderr.write`; text arrives at `send` in the order written. */
export class StreamCapture {
  readonly #send: (name: StreamName, text: string) => void;
  #pending: { name: StreamName; text: string; since: number } | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (name: StreamName, text: string) => void) {
    this.#send = send;
  }

  install(): void {
    for (const name of ["stdout", "stderr"] as const) {
      const decoder = new StringDecoder("utf8");
      process[name].write = (
        chunk: string | Uint8Array,
        encodingOrCallback?: BufferEncoding | WriteCallback,
        maybeCallback?: WriteCallback,
      ): boolean => {
        const encoding = typeof encodingOrCallback === "string" ? encodingOrCallback : "utf8";
        const callback = typeof encodingOrCallback === "function" ? encodingOrCallback : maybeCallback;
        this.#write(name, toText(chunk, encoding, decoder));
        // A writer that awaits its callback (a pipeline, for one) would wait for ever without it.
        if (callback) process.nextTick(callback);
        return true;
      };
    }
  }

  /** Sends what is still held back; called before anything that must come after it. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending) this.#send(pending.name, pending.text);
  }

  #write(name: StreamName, text: string): void {
    if (text === "") return;
    if (this.#pending && this.#pending.name !== name) this.flush();
    const pending = this.#pending ?? { name, text: "", since: performance.now() };
    this.#pending = pending;
    pending.text += text;
    // No timer fires during a loop without await, so the age is looked at here as well.
    if (pending.text.length >= batchCharacters || performance.now() - pending.since >= batchMilliseconds) {
      this.flush();
    } else {
      this.#timer ??= setTimeout(() => this.flush(), batchMilliseconds);
    }
  }
}

function toText(chunk: string | Uint8Array, encoding: BufferEncoding, decoder: StringDecoder): string {
  if (typeof chunk !== "string") return decoder.write(Buffer.from(chunk));
  return encoding === "utf8" || encoding === "utf-8" ? chunk : Buffer.from(chunk, encoding).toString("utf8");
}
