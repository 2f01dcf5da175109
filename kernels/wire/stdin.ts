// Lines of text asked from the front end, for input() and prompt().

import { type Header, shared, type ToMain } from "../link";
import type { Identities, Sockets } from "./sockets";

export class Stdin {
  readonly #sockets: Sockets;
  readonly #post: (message: ToMain) => void;
  readonly #counters: Int32Array;
  #asked = 0;

  constructor(sockets: Sockets, post: (message: ToMain) => void, counters: Int32Array) {
    this.#sockets = sockets;
    this.#post = post;
    this.#counters = counters;
  }

  /** @param identities of the front end whose request asks; undefined when that has ended: nobody can answer */
  ask(identities: Identities | undefined, parent: Header, prompt: string, password: boolean): void {
    this.#asked++;
    if (!identities) this.#answer(undefined, true);
    else this.#sockets.ask(identities, { type: "input_request", parent, content: { prompt, password } });
  }

  /** An answer that nobody waits for any more, as after an interrupt, is dropped. */
  reply(value: unknown): void {
    if (this.#asked > 0) this.#answer(typeof value === "string" ? value : "");
  }

  /** Ends every wait for an answer, also that of a prompt whose question has not arrived here yet. */
  interrupt(): void {
    while (this.#asked > 0) this.#answer(undefined);
    this.#wake();
  }

  #answer(value: string | undefined, nobody = false): void {
    this.#asked--;
    this.#post({ kind: "inputReply", value, ...(nobody && { nobody }) });
    this.#wake();
  }

  /** A synchronous prompt sleeps until then and takes the answer from the port itself. */
  #wake(): void {
    Atomics.store(this.#counters, shared.promptAnswered, 1);
    Atomics.notify(this.#counters, shared.promptAnswered);
  }
}
