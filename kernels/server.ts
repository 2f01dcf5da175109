// The kernel's five sockets and what it answers on them.
//
// One thread: during a loop without await nothing is answered. tslab's own server is not used, as it loses
// output (more than 512 sends in one go fail), reports no errors and drops cells that follow a failed one.

import { Publisher, Reply, Router } from "zeromq";
import { Answers } from "./answers";
import { encodeBytes } from "./mimeBundle";
import type { Session } from "./session";
import { StreamCapture } from "./streams";
import { type ConnectionInfo, type Content, type Header, type Message, Wire } from "./wire";

// sendTimeout 0: each send is done at once instead of counted (zeromq.js allows 512 uncounted ones and
// then fails with EBUSY); without a high water mark nothing is dropped either.
const patient = { sendTimeout: 0, sendHighWaterMark: 0, linger: 2000 } as const;

export class Server {
  readonly #session: Session;
  readonly #wire: Wire;
  readonly #answers: Answers;
  readonly #iopub = new Publisher(patient);
  readonly #shell = new Router(patient);
  readonly #control = new Router(patient);
  readonly #stdin = new Router(patient);
  readonly #heartbeat = new Reply({ linger: 0 });
  readonly #streams: StreamCapture;
  readonly #queue: Message[] = [];
  #running = false;
  #count = 0;
  /** The cell that output belongs to: the running one, or the last one for output that comes late. */
  #parent: Header | Record<string, never> = {};
  #silent = false;

  constructor(session: Session, connection: ConnectionInfo) {
    this.#session = session;
    this.#wire = new Wire(connection);
    this.#answers = new Answers(session);
    this.#streams = new StreamCapture((name, text) => this.#output("stream", { name, text }));
  }

  async listen(connection: ConnectionInfo): Promise<void> {
    const address = (port: number) =>
      connection.transport === "ipc"
        ? `ipc://${connection.ip}-${port}`
        : `${connection.transport}://${connection.ip}:${port}`;
    await Promise.all([
      this.#iopub.bind(address(connection.iopub_port)),
      this.#shell.bind(address(connection.shell_port)),
      this.#control.bind(address(connection.control_port)),
      this.#stdin.bind(address(connection.stdin_port)),
      this.#heartbeat.bind(address(connection.hb_port)),
    ]);
    this.#streams.install();
    this.#publish("status", { execution_state: "starting" }, {});
    void this.#echo();
    void this.#receive(this.#shell);
    void this.#receive(this.#control);
  }

  /** Shows, updates or clears a display in the middle of a cell. */
  broadcast(type: "display_data" | "update_display_data" | "clear_output", content: Content): void {
    this.#streams.flush();
    if (type === "clear_output") {
      this.#output(type, { wait: content.wait === true });
      return;
    }
    const { data, metadata, transient } = content as {
      data?: Content;
      metadata?: Content;
      transient?: Content;
    };
    this.#output(type, {
      data: encodeBytes(data ?? {}),
      metadata: metadata ?? {},
      transient: transient ?? {},
    });
  }

  async #echo(): Promise<void> {
    for await (const frames of this.#heartbeat) await this.#heartbeat.send(frames);
  }

  async #receive(socket: Router): Promise<void> {
    for await (const frames of socket) {
      try {
        this.#handle(socket, this.#wire.decode(frames));
      } catch (error) {
        console.error(error instanceof Error ? error.message : error);
      }
    }
  }

  #handle(socket: Router, message: Message): void {
    if (message.header.msg_type === "execute_request") {
      this.#queue.push(message);
      if (!this.#running) void this.#runQueue(socket);
      return;
    }
    this.#publish("status", { execution_state: "busy" }, message.header);
    try {
      const answer = this.#answers.to(message);
      if (answer)
        void socket.send(this.#wire.encode(message.identities, answer.type, answer.content, message.header));
      if (message.header.msg_type === "comm_open") {
        this.#publish("comm_close", { comm_id: message.content.comm_id, data: {} }, message.header);
      }
    } finally {
      this.#publish("status", { execution_state: "idle" }, message.header);
    }
    if (message.header.msg_type === "interrupt_request") this.#session.interrupt();
    if (message.header.msg_type === "shutdown_request") this.close();
  }

  async #runQueue(socket: Router): Promise<void> {
    this.#running = true;
    for (let message = this.#queue.shift(); message; message = this.#queue.shift()) {
      await this.#execute(socket, message);
    }
    this.#running = false;
  }

  async #execute(socket: Router, message: Message): Promise<void> {
    const { code, silent, store_history: store, stop_on_error: stop } = message.content;
    this.#parent = message.header;
    this.#silent = silent === true;
    this.#publish("status", { execution_state: "busy" }, message.header);
    if (!this.#silent && store !== false) this.#count++;
    const count = this.#count;
    this.#output("execute_input", { code, execution_count: count });
    const outcome = await this.#session.run(String(code ?? ""));
    this.#streams.flush();
    if (outcome.status === "ok" && outcome.result) {
      this.#output("execute_result", { data: outcome.result, metadata: {}, execution_count: count });
    } else if (outcome.status === "error") {
      this.#output("error", { ...outcome.error });
    }
    const details = outcome.status === "ok" ? { payload: [], user_expressions: {} } : outcome.error;
    const content = { status: outcome.status, execution_count: count, ...details };
    const aborted = outcome.status === "error" && stop !== false ? await this.#takeQueued() : [];
    void socket.send(this.#wire.encode(message.identities, "execute_reply", content, message.header));
    this.#publish("status", { execution_state: "idle" }, message.header);
    for (const one of aborted) this.#abort(socket, one);
  }

  /** Only what was already sent when the cell failed is aborted: a cell sent after its reply must run. */
  async #takeQueued(): Promise<Message[]> {
    // Requests that wait inside ZeroMQ come out over a few turns of the event loop.
    for (let turn = 0; turn < 10; turn++) await new Promise((done) => setImmediate(done));
    return this.#queue.splice(0);
  }

  #abort(socket: Router, message: Message): void {
    const content = { status: "aborted", execution_count: this.#count };
    this.#publish("status", { execution_state: "busy" }, message.header);
    void socket.send(this.#wire.encode(message.identities, "execute_reply", content, message.header));
    this.#publish("status", { execution_state: "idle" }, message.header);
  }

  #output(type: string, content: Content): void {
    if (!this.#silent) this.#publish(type, content, this.#parent);
  }

  #publish(type: string, content: Content, parent: Header | Record<string, never>): void {
    void this.#iopub.send(this.#wire.encode([Buffer.from(`kernel.${type}`)], type, content, parent));
  }

  /** Ends the process once the last messages are out. */
  close(): void {
    this.#streams.flush();
    this.#session.close();
    for (const socket of [this.#iopub, this.#shell, this.#control, this.#stdin, this.#heartbeat])
      socket.close();
    // Cells may have left timers, workers or native threads behind: none of them may keep the kernel alive.
    setTimeout(() => process.exit(0), 100);
  }
}
