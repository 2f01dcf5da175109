// Asks the reader of the notebook for a line of text: `await input()`, or `prompt()`, which blocks.

import { type Cell, currentCell } from "../cell";
import { shared } from "../link";
import { KeyboardInterrupt } from "./interrupt";
import type { Output } from "./output";
import type { WireThread } from "./wireThread";

class StdinNotImplementedError extends Error {
  override readonly name = "StdinNotImplementedError";

  constructor(call: string, why: "cannot" | "ended") {
    super(
      why === "ended"
        ? `${call} was called after its cell had ended: nobody can be asked; ask in a cell and await the answer`
        : `${call} needs a front end that can ask for text, but the one that runs this cell cannot ` +
            "(allow_stdin is false); write the value into the cell instead",
    );
  }
}

interface Answer {
  /** undefined if the cell was interrupted. */
  readonly value: string | undefined;
  /** The cell has ended. */
  readonly nobody?: boolean;
}

export interface InputOptions {
  /** The front end shows dots instead of what is typed. */
  readonly password?: boolean;
}

interface Question {
  readonly cell: Cell;
  readonly prompt: string;
  readonly password: boolean;
  readonly settle: (answer: Answer) => void;
}

export class Stdin {
  readonly #wire: Pick<WireThread, "post" | "take" | "putBack" | "counters">;
  readonly #output: Pick<Output, "flush">;
  /** The first has been asked, the others wait for its answer. */
  #questions: Question[] = [];

  constructor(
    wire: Pick<WireThread, "post" | "take" | "putBack" | "counters">,
    output: Pick<Output, "flush">,
  ) {
    this.#wire = wire;
    this.#output = output;
  }

  /**
   * A line of text, without its end. Rejects with a StdinNotImplementedError where the front end cannot ask or the
   * cell has ended, and with a KeyboardInterrupt when the cell is interrupted.
   */
  async input(prompt = "", { password = false }: InputOptions = {}): Promise<string> {
    const cell = askingCell("input()");
    const answer = await new Promise<Answer>((settle) => {
      this.#ask({ cell, prompt: String(prompt), password, settle });
    });
    return lineOf(answer, "input()");
  }

  /**
   * The same for code that cannot await: nothing else runs until there is an answer. An empty line gives
   * `fallback`. Throws as `input` rejects.
   */
  prompt(message = "Prompt", fallback: string | null = null): string | null {
    const cell = askingCell("prompt()");
    let answer: Answer | undefined;
    const hint = fallback === null ? "" : ` [${fallback}]`;
    this.#ask({
      cell,
      prompt: `${message}${hint} `,
      password: false,
      settle: (given) => {
        answer = given;
      },
    });
    const { counters } = this.#wire;
    for (;;) {
      // In this order: a message that comes after the store ends the wait below.
      Atomics.store(counters, shared.promptAnswered, 0);
      this.#takeMessages();
      if (answer !== undefined) break;
      Atomics.wait(counters, shared.promptAnswered, 0);
    }
    const line = lineOf(answer, "prompt()");
    return line === "" ? fallback : line;
  }

  /** To be called with each inputReply. */
  answer(value: string | undefined, nobody = false): void {
    const question = this.#questions.shift();
    if (this.#questions.length > 0) this.#post();
    question?.settle({ value, nobody });
  }

  #ask(question: Question): void {
    // The front end has forgotten what an earlier cell asked: no answer to that will come.
    const { msg_id } = question.cell.header;
    const stale = this.#questions.filter(({ cell }) => cell.header.msg_id !== msg_id);
    this.#questions = this.#questions.filter(({ cell }) => cell.header.msg_id === msg_id);
    this.#questions.push(question);
    if (this.#questions.length === 1) this.#post();
    for (const { settle } of stale) settle({ value: undefined });
  }

  #post(): void {
    const { cell, prompt, password } = this.#questions[0]!;
    this.#output.flush();
    this.#wire.post({ kind: "input", parent: cell.header, prompt, password });
  }

  /** Takes what has come while the event loop stands still; what is for others waits until it turns. */
  #takeMessages(): void {
    let ended = false;
    for (let message = this.#wire.take(); message !== undefined; message = this.#wire.take()) {
      if (message.kind === "inputReply") this.answer(message.value, message.nobody);
      else if (message.kind !== "interrupt") this.#wire.putBack(message);
      ended ||= message.kind === "interrupt" || message.kind === "shutdown";
    }
    if (!ended) return;
    const questions = this.#questions;
    this.#questions = [];
    for (const { settle } of questions) settle({ value: undefined });
  }
}

function askingCell(call: string): Cell {
  const cell = currentCell();
  if (!cell?.allowStdin) throw new StdinNotImplementedError(call, "cannot");
  return cell;
}

function lineOf({ value, nobody }: Answer, call: string): string {
  if (nobody) throw new StdinNotImplementedError(call, "ended");
  if (value === undefined) throw new KeyboardInterrupt();
  return value;
}
