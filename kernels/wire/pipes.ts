// What child processes and native libraries write to descriptors 1 and 2, read from pipes behind them.

import { readSync } from "node:fs";
import { Socket, type SocketConstructorOpts, type TcpNetConnectOpts } from "node:net";
import { StringDecoder } from "node:string_decoder";
import type { StreamName, WireOptions } from "../link";

/** Text waits at most this long for company, so that many small writes make few messages. */
const batchMilliseconds = 20;
const batchCharacters = 1 << 16;
/** More than a pipe holds: a child that never stops writing must not keep `drain` going for ever. */
const drainBytes = 1 << 20;

export class Pipes {
  readonly #pipes: readonly Pipe[];

  /** `arrives` is called when text comes that is published a little later. */
  constructor(
    descriptors: WireOptions["descriptors"],
    arrives: () => void,
    publish: (name: StreamName, text: string) => void,
  ) {
    this.#pipes = descriptors
      ? (["stdout", "stderr"] as const).map(
          (name) => new Pipe(descriptors[name], arrives, (text) => publish(name, text)),
        )
      : [];
  }

  /** Publishes all that was written so far. */
  drain(): void {
    for (const pipe of this.#pipes) pipe.drain();
  }

  /** Publishes all that was read so far. */
  flush(): void {
    for (const pipe of this.#pipes) pipe.flush();
  }
}

class Pipe {
  readonly #descriptor: number;
  readonly #arrives: () => void;
  readonly #publish: (text: string) => void;
  // Keeps the first bytes of a character whose others come with the next read.
  readonly #decoder = new StringDecoder("utf8");
  readonly #buffer = Buffer.alloc(1 << 16);
  #text = "";
  #timer: NodeJS.Timeout | undefined;

  constructor(descriptor: number, arrives: () => void, publish: (text: string) => void) {
    this.#descriptor = descriptor;
    this.#arrives = arrives;
    this.#publish = publish;
    const take = (length: number, bytes: Uint8Array) => {
      this.#take(Buffer.from(bytes.buffer, bytes.byteOffset, length));
      return true;
    };
    // The types know "onread" only of sockets that connect.
    const options: SocketConstructorOpts & Pick<TcpNetConnectOpts, "onread"> = {
      fd: descriptor,
      readable: true,
      writable: false,
      onread: { buffer: Buffer.alloc(1 << 16), callback: take },
    };
    new Socket(options).on("error", () => undefined);
  }

  drain(): void {
    for (let total = 0; total < drainBytes; ) {
      const length = this.#read();
      if (length === 0) break;
      total += length;
      this.#take(this.#buffer.subarray(0, length));
    }
    this.flush();
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const text = this.#text;
    this.#text = "";
    if (text !== "") this.#publish(text);
  }

  /** 0 when nothing waits, or the pipe is closed. */
  #read(): number {
    try {
      return readSync(this.#descriptor, this.#buffer);
    } catch {
      return 0;
    }
  }

  #take(bytes: Buffer): void {
    if (this.#text === "") this.#arrives();
    this.#text += this.#decoder.write(bytes);
    if (this.#text.length >= batchCharacters) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), batchMilliseconds);
  }
}
