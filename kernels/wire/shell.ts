// The order in which requests are served: one at a time, except for those that must not wait for a cell.

import {
  type Content,
  failure,
  type Header,
  type Request,
  type StreamName,
  type ToMain,
  type ToWire,
} from "../link";
import { HeldText } from "./heldText";
import type { History } from "./history";
import type { Outgoing } from "./message";
import { Pipes } from "./pipes";
import type { Requests } from "./requests";
import type { Identities, Incoming, Sockets } from "./sockets";

const serial = new Set([
  "execute_request",
  "complete_request",
  "inspect_request",
  "is_complete_request",
  "comm_info_request",
]);
const comms = new Set(["comm_open", "comm_msg", "comm_close"]);

/** The request that the main thread works on. */
interface Current {
  readonly request: Incoming;
  readonly count: number;
  readonly started: string;
  replied: boolean;
}

export interface ShellOptions {
  readonly sockets: Sockets;
  readonly requests: Requests;
  readonly history: History;
  readonly post: (message: ToMain) => void;
  /** Shared with the main thread. */
  readonly counters: Int32Array;
  readonly descriptors: { readonly stdout: number; readonly stderr: number } | undefined;
}

export class Shell {
  readonly #sockets: Sockets;
  readonly #requests: Requests;
  readonly #history: History;
  readonly #post: (message: ToMain) => void;
  readonly #held: HeldText;
  readonly #pipes: Pipes;
  readonly #queue: Incoming[] = [];
  /** Comm messages that the main thread works on, by id. */
  readonly #comms = new Map<string, Incoming>();
  #ready = false;
  #announced = false;
  #answered = false;
  #count = 0;
  #current: Current | undefined;
  /** The cell that children and native libraries write for. */
  #writer: Header | undefined;
  /** A silent cell runs: nothing that is written meanwhile is shown. */
  #silent = false;

  constructor({ sockets, requests, history, post, counters, descriptors }: ShellOptions) {
    this.#sockets = sockets;
    this.#requests = requests;
    this.#history = history;
    this.#post = post;
    this.#held = new HeldText(counters, (parent, name, text) => this.#stream(parent, name, text));
    this.#pipes = new Pipes(
      descriptors,
      // Printed before.
      () => this.#held.take(),
      (name, text) => {
        if (!this.#silent) this.#stream(this.#writer, name, text);
      },
    );
  }

  /** Serves a request now, or once those before it are done. */
  receive(request: Incoming): void {
    const type = request.header.msg_type;
    // Comm messages overtake, so that a widget works while a cell awaits.
    if (comms.has(type) && this.#ready) this.#forwardComm(request);
    else if (this.#waits(request)) {
      this.#queue.push(request);
      this.#serve();
    } else this.#answer(request);
  }

  /** The main thread can run cells. */
  ready(): void {
    this.#ready = true;
    this.#serve();
  }

  /** Says that the kernel has started, as soon as somebody listens. */
  announce(): void {
    if (this.#announced) return;
    this.#announced = true;
    if (this.#count > 0 || this.#current) return;
    this.#status("starting", undefined);
    if (this.#answered) this.#status("idle", undefined);
  }

  get isReady(): boolean {
    return this.#ready;
  }

  /** The front end that sent the request with this id, while that runs. */
  identitiesOf(id: string): Identities | undefined {
    const { request } = this.#current ?? {};
    return (request?.header.msg_id === id ? request : this.#comms.get(id))?.identities;
  }

  stream(message: Extract<ToWire, { kind: "stream" }>): void {
    this.#pipes.flush();
    this.#stream(message.parent, message.name, message.text);
    this.#held.follow(message);
  }

  publish(message: Extract<ToWire, { kind: "publish" }>): void {
    this.#pipes.flush();
    this.#held.forget();
    this.#sockets.publish(message);
    const { parent, type, content } = message;
    if (type === "execute_result" && parent.msg_id === this.#current?.request.header.msg_id) {
      const text = (content.data as Content | undefined)?.["text/plain"];
      if (typeof text === "string") this.#history.output(this.#current.count, text);
    }
  }

  /** The main thread's reply to the request with this id. */
  async reply(id: string, content: Content): Promise<void> {
    const comm = this.#comms.get(id);
    if (comm) {
      this.#comms.delete(id);
      this.#idle(comm);
      return;
    }
    const current = this.#current;
    if (current?.request.header.msg_id !== id || current.replied) return;
    current.replied = true;
    if (current.request.header.msg_type === "execute_request") await this.#endCell(current, content);
    else {
      this.#send(current.request, content);
      this.#current = undefined;
      this.#idle(current.request);
    }
    this.#serve();
  }

  /** Gives up the cells that wait. */
  abortQueue(): void {
    for (const request of this.#takeCells()) this.#abort(request);
  }

  /** Publishes what was written to the descriptors. */
  drain(): void {
    this.#pipes.drain();
  }

  #waits({ header, channel }: Incoming): boolean {
    const type = header.msg_type;
    if (serial.has(type) || comms.has(type)) return true;
    if (channel === "control" || type === "interrupt_request" || type === "shutdown_request") return false;
    // A front end that waits for the kernel to come up gets its answer before cells can run.
    return this.#ready || type !== "kernel_info_request";
  }

  #serve(): void {
    for (let next = this.#queue[0]; next && !this.#current; next = this.#queue[0]) {
      const type = next.header.msg_type;
      const forMain = serial.has(type) || comms.has(type);
      if (forMain && !this.#ready) return;
      this.#queue.shift();
      if (comms.has(type)) this.#forwardComm(next);
      else if (forMain) this.#start(next);
      else this.#answer(next);
    }
  }

  #answer(request: Incoming): void {
    this.#answered = true;
    this.#status("busy", request.header);
    const content = this.#requests.answer(request);
    if (content) this.#send(request, content);
    this.#idle(request);
  }

  #start(request: Incoming): void {
    const { header, content } = request;
    this.#status("busy", header);
    const isCell = header.msg_type === "execute_request";
    const hasCode = typeof content.code === "string";
    if (isCell && hasCode) this.#enter(header, content, content.code as string);
    this.#current = { request, count: this.#count, started: new Date().toISOString(), replied: false };
    if (isCell && !hasCode) {
      const error = new TypeError(`Expected the code of a cell as a string, found ${typeof content.code}`);
      void this.reply(header.msg_id, failure(error));
    } else this.#forward(request);
  }

  #enter(header: Header, content: Content, code: string): void {
    // What is there already is not of this cell.
    this.#pipes.drain();
    this.#silent = content.silent === true;
    if (this.#silent) return;
    if (content.store_history !== false) this.#history.input(++this.#count, code);
    this.#writer = header;
    const input = { code, execution_count: this.#count };
    this.#sockets.publish({ type: "execute_input", parent: header, content: input });
  }

  #forwardComm(request: Incoming): void {
    this.#status("busy", request.header);
    this.#comms.set(request.header.msg_id, request);
    this.#forward(request);
  }

  #forward({ header, content, metadata, buffers }: Incoming): void {
    const request: Request = { kind: "request", header, content, metadata, buffers, count: this.#count };
    try {
      this.#post(request);
    } catch (error) {
      // Content nested too deeply to be copied to the other thread.
      void this.reply(header.msg_id, failure(error));
    }
  }

  async #endCell({ request, count, started }: Current, content: Content): Promise<void> {
    const stops = content.status === "error" && request.content.stop_on_error !== false;
    // Only what was sent before the cell failed is given up: a cell sent after its reply must run.
    if (stops) await this.#sockets.settle();
    const aborted = stops ? this.#takeCells() : [];
    this.#pipes.drain();
    this.#silent = false;
    const extras = content.status === "ok" ? { payload: [], user_expressions: {} } : {};
    this.#send(request, { ...extras, ...content, execution_count: count }, { started });
    this.#current = undefined;
    this.#idle(request);
    for (const one of aborted) this.#abort(one);
  }

  #takeCells(): Incoming[] {
    const isCell = ({ header }: Incoming) => header.msg_type === "execute_request";
    const cells = this.#queue.filter(isCell);
    const others = this.#queue.filter((request) => !isCell(request));
    this.#queue.splice(0, this.#queue.length, ...others);
    return cells;
  }

  #abort(request: Incoming): void {
    this.#status("busy", request.header);
    this.#send(request, { status: "aborted", execution_count: this.#count });
    this.#idle(request);
  }

  #send(request: Incoming, content: Content, metadata?: Content): void {
    const type = request.header.msg_type.replace(/_request$/, "_reply");
    const message: Outgoing = { type, parent: request.header, content, metadata };
    this.#sockets.send(request.channel, request.identities, message);
  }

  #stream(parent: Header | undefined, name: StreamName, text: string): void {
    this.#sockets.publish({ type: "stream", parent, content: { name, text } });
  }

  #idle(request: Incoming): void {
    this.#status("idle", request.header);
    // Front ends show the last status they saw, whatever its parent: the cell that was overtaken still runs.
    const running = this.#current?.request;
    if (running && running !== request) this.#status("busy", running.header);
  }

  #status(state: "starting" | "busy" | "idle", parent: Header | undefined): void {
    this.#sockets.publish({ type: "status", parent, content: { execution_state: state } });
  }
}
