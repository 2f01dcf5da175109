// A notebook that only listens: what a kernel leaves on globalThis, and the messages that reach it.
import { afterEach, beforeEach } from "vitest";
import type { DisplayContent, MessageType } from "../../src/notebook/channel";

export interface Message {
  readonly type: MessageType;
  readonly content: DisplayContent;
}

const key = Symbol.for("Jupyter.broadcast");

/** Installs a listener for every test of the file; the array is emptied between tests. */
export function listen(): Message[] {
  const messages: Message[] = [];
  beforeEach(() => {
    messages.length = 0;
    (globalThis as Record<symbol, unknown>)[key] = (type: MessageType, content: DisplayContent) => {
      messages.push({ type, content });
    };
  });
  afterEach(() => {
    delete (globalThis as Record<symbol, unknown>)[key];
  });
  return messages;
}
