// Comms: channels between an object of the kernel and one in the front end, such as a widget and its view.

import { randomUUID } from "node:crypto";
import { cellController, runInCell } from "../cell";
import type { Content, Request } from "../link";
import type { Attachments, Output } from "./output";

export interface CommMessage {
  readonly data: Content;
  readonly metadata: Content;
  readonly buffers: readonly Uint8Array[];
}

export type CommHandler = (message: CommMessage) => unknown;
export type TargetHandler = (comm: Comm, message: CommMessage) => unknown;

/** One end of a channel; the other is in the front end. Messages sent after it is closed are dropped. */
export class Comm {
  readonly id: string;
  readonly target: string;
  readonly #comms: Comms;
  /** Called with what the front end sends; set by `onMessage` and `onClose`. */
  messageHandler: CommHandler | undefined;
  closeHandler: CommHandler | undefined;

  /** To be had from `Comms.open` or by registering a target. */
  constructor(comms: Comms, id: string, target: string) {
    this.#comms = comms;
    this.id = id;
    this.target = target;
  }

  /** Throws a TypeError if `data` is not JSON; bytes go into `buffers`. */
  send(data: Content, attachments?: Attachments): void {
    this.#comms.publish(this, "comm_msg", { comm_id: this.id, data }, attachments);
  }

  close(data: Content = {}, attachments?: Attachments): void {
    this.#comms.publish(this, "comm_close", { comm_id: this.id, data }, attachments);
    this.#comms.forget(this);
  }

  onMessage(handler: CommHandler): void {
    this.messageHandler = handler;
  }

  /** Called when the front end closes the comm, not when the kernel does. */
  onClose(handler: CommHandler): void {
    this.closeHandler = handler;
  }
}

export class Comms {
  readonly #output: Pick<Output, "publish" | "flush">;
  readonly #targets = new Map<string, TargetHandler>();
  readonly #open = new Map<string, Comm>();

  constructor(output: Pick<Output, "publish" | "flush">) {
    this.#output = output;
  }

  /** `handler` gets each comm that the front end opens for the target `name`. */
  registerTarget(name: string, handler: TargetHandler): void {
    this.#targets.set(name, handler);
  }

  /** Opens a comm from the kernel; the front end closes it at once if it does not know the target. */
  open(
    target: string,
    data: Content = {},
    { commId = randomUUID(), ...attachments }: Attachments & { readonly commId?: string } = {},
  ): Comm {
    const comm = new Comm(this, commId, target);
    this.#open.set(commId, comm);
    this.publish(comm, "comm_open", { comm_id: commId, target_name: target, data }, attachments);
    return comm;
  }

  /** Handles comm_open, comm_msg, comm_close and comm_info_request; gives the content of the reply. */
  handle(request: Request): Content {
    const cell = {
      header: request.header,
      count: request.count,
      silent: false,
      allowStdin: false,
      controller: cellController(),
    };
    return runInCell(cell, () => {
      const reply = this.#handle(request);
      // What the handlers printed comes before the request's idle.
      this.#output.flush();
      return reply;
    });
  }

  publish(comm: Comm, type: string, content: Content, attachments?: Attachments): void {
    if (this.#open.get(comm.id) === comm) this.#output.publish(type, content, attachments);
  }

  forget(comm: Comm): void {
    if (this.#open.get(comm.id) === comm) this.#open.delete(comm.id);
  }

  #handle({ header, content, metadata, buffers }: Request): Content {
    const id = String(content.comm_id);
    const message = { data: (content.data ?? {}) as Content, metadata, buffers };
    switch (header.msg_type) {
      case "comm_open":
        this.#opened(id, String(content.target_name), message);
        break;
      case "comm_msg":
        this.#received(id, message);
        break;
      case "comm_close":
        this.#closed(id, message);
        break;
      case "comm_info_request":
        return { status: "ok", comms: this.#list(content.target_name) };
    }
    return { status: "ok" };
  }

  #opened(id: string, target: string, message: CommMessage): void {
    const comm = new Comm(this, id, target);
    this.#open.set(id, comm);
    const handler = this.#targets.get(target);
    if (handler === undefined) {
      console.error(`The front end opened a comm for "${target}", which no cell has registered`);
      comm.close();
    } else if (!attempt(target, () => handler(comm, message))) {
      // The front end would otherwise talk to something that is not there.
      comm.close();
    }
  }

  #received(id: string, message: CommMessage): void {
    const comm = this.#open.get(id);
    if (comm === undefined) console.error(`A message came for comm ${id}, which is not open; it is ignored`);
    else attempt(comm.target, () => comm.messageHandler?.(message));
  }

  #closed(id: string, message: CommMessage): void {
    const comm = this.#open.get(id);
    if (comm === undefined) return;
    this.forget(comm);
    attempt(comm.target, () => comm.closeHandler?.(message));
  }

  #list(target: unknown): Content {
    const open = [...this.#open.values()].filter((comm) => target === undefined || comm.target === target);
    return Object.fromEntries(open.map((comm) => [comm.id, { target_name: comm.target }]));
  }
}

/** Runs a handler, printing what it throws or rejects with; false if it threw. */
function attempt(target: string, handler: () => unknown): boolean {
  const print = (error: unknown) => console.error(`A handler of comm target "${target}" failed:`, error);
  try {
    const result = handler();
    if (result instanceof Promise) result.catch(print);
    return true;
  } catch (error) {
    print(error);
    return false;
  }
}
