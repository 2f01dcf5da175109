// The kernel's five sockets: binds them, takes messages in, sends messages out, echoes heartbeats.

import { setTimeout as delay } from "node:timers/promises";
import { Router, XPublisher } from "zeromq";
import { type ConnectionInfo, failure } from "../link";
import { Codec, type Frame, type Message, type Outgoing } from "./message";

export type Channel = "shell" | "control" | "stdin";

/** A message with the channel it came in on, where its reply goes. */
export interface Incoming extends Message {
  readonly channel: Channel;
}

/** Of a front end on each channel. */
export type Identities = Message["identities"];

// sendTimeout 0: each send is done at once instead of counted (zeromq.js allows 512 uncounted ones and
// then fails with EBUSY); without high water marks nothing is dropped either, but waits in memory, without end,
// for a front end that does not read.
const patient = { sendTimeout: 0, sendHighWaterMark: 0, linger: 2000 } as const;

export class Sockets {
  readonly #codec: Codec;
  readonly #iopub: XPublisher;
  readonly #routers: Readonly<Record<Channel, Router>>;
  readonly #heartbeat: Router;
  #received = 0;

  constructor(connection: ConnectionInfo) {
    this.#codec = new Codec(connection);
    const options = { ...patient, ipv6: connection.ip.includes(":") };
    this.#iopub = new XPublisher(options);
    // Each subscription is answered, that of a second front end as well.
    this.#iopub.verbosity = "allSubs";
    const router = (mandatory = false) => new Router({ ...options, mandatory, receiveHighWaterMark: 0 });
    this.#routers = { shell: router(), control: router(), stdin: router(true) };
    this.#heartbeat = new Router({ ...options, linger: 0 });
  }

  /**
   * @param subscribed called when a front end has begun to listen on iopub
   * @throws Error when an address is taken or cannot be listened on.
   */
  async listen(
    connection: ConnectionInfo,
    receive: (message: Incoming) => void,
    subscribed: () => void,
  ): Promise<void> {
    await Promise.all([
      this.#iopub.bind(address(connection, connection.iopub_port)),
      this.#routers.shell.bind(address(connection, connection.shell_port)),
      this.#routers.control.bind(address(connection, connection.control_port)),
      this.#routers.stdin.bind(address(connection, connection.stdin_port)),
      this.#heartbeat.bind(address(connection, connection.hb_port)),
    ]);
    void this.#echo();
    void this.#welcome(subscribed);
    for (const channel of ["shell", "control", "stdin"] as const) void this.#receive(channel, receive);
  }

  /** Sends to every front end; what cannot be written as JSON is reported on stderr instead. */
  publish(message: Outgoing): void {
    const topic = (type: string) => [Buffer.from(`kernel.${this.#codec.session}.${type}`)];
    try {
      send(this.#iopub, this.#codec.encode(topic(message.type), message));
    } catch (error) {
      const text = `An output of type ${message.type} cannot be written as JSON: ${error}\n`;
      const { parent } = message;
      const note = { type: "stream", parent, content: { name: "stderr", text } };
      send(this.#iopub, this.#codec.encode(topic("stream"), note));
    }
  }

  /** Asks one front end on stdin, where it is the kernel that begins. */
  ask(identities: Identities, message: Outgoing): void {
    void sendOnceConnected(this.#routers.stdin, this.#codec.encode(identities, message));
  }

  /** Sends to one front end; a reply that cannot be written as JSON becomes an error. */
  send(channel: Channel, identities: Identities, message: Outgoing): void {
    const { type, parent } = message;
    const socket = this.#routers[channel];
    try {
      send(socket, this.#codec.encode(identities, message));
    } catch (error) {
      send(socket, this.#codec.encode(identities, { type, parent, content: failure(error) }));
    }
  }

  /** Resolves once no more messages wait inside ZeroMQ: they come out over a few turns of the event loop. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 3; quiet++) {
      const before = this.#received;
      await new Promise((done) => setImmediate(done));
      if (this.#received !== before) quiet = -1;
    }
  }

  /** What was sent still goes out, within the linger time, as long as the process lives. */
  close(): void {
    for (const socket of [this.#iopub, ...Object.values(this.#routers), this.#heartbeat]) socket.close();
  }

  async #receive(channel: Channel, receive: (message: Incoming) => void): Promise<void> {
    for await (const frames of this.#routers[channel]) {
      this.#received++;
      const message = this.#codec.decode(frames);
      if (message) receive({ ...message, channel });
    }
  }

  async #echo(): Promise<void> {
    for await (const frames of this.#heartbeat) send(this.#heartbeat, frames);
  }

  /** Tells a front end that its subscription has arrived, so that it can rely on seeing all that follows. */
  async #welcome(subscribed: () => void): Promise<void> {
    for await (const [frame] of this.#iopub) {
      if (frame?.[0] !== 1) continue;
      const topic = frame.subarray(1);
      const content = { subscription: topic.toString() };
      send(this.#iopub, this.#codec.encode([topic], { type: "iopub_welcome", parent: undefined, content }));
      subscribed();
    }
  }
}

/** A message that cannot be delivered, because its front end has gone, is nobody's error. */
function send(socket: XPublisher | Router, frames: Frame[]): void {
  if (socket.closed) return;
  socket.send(frames).catch(() => undefined);
}

/** The front end of a kernel that was just started may have connected its other sockets before this one. */
async function sendOnceConnected(socket: Router, frames: Frame[]): Promise<void> {
  for (let attempt = 0; attempt < 50 && !socket.closed; attempt++) {
    try {
      await socket.send(frames);
      return;
    } catch {
      await delay(100);
    }
  }
}

function address({ transport, ip }: ConnectionInfo, port: number): string {
  if (transport === "ipc") return `ipc://${ip}-${port}`;
  return `${transport}://${ip.includes(":") ? `[${ip}]` : ip}:${port}`;
}
