// A kernel process with the real wire thread and a stand-in for the main thread (mainThread.cjs), and a front end
// that talks to it over real sockets.

import { type ChildProcess, spawn } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ts from "typescript";
import { Dealer, Request, Subscriber } from "zeromq";
import type { ConnectionInfo, Content, Header } from "../../../kernels/link";
import { Codec, type Message } from "../../../kernels/wire/message";

const root = join(__dirname, "../../..");

/** The wire thread compiled into a new folder; gives the folder. */
export function compileWire(): string {
  const folder = mkdtempSync(join(tmpdir(), "kernel-wire-test-"));
  mkdirSync(join(folder, "wire"));
  const sources = readdirSync(join(root, "kernels/wire")).map((name) => `wire/${name}`);
  for (const file of ["link.ts", ...sources]) {
    const { outputText } = ts.transpileModule(readFileSync(join(root, "kernels", file), "utf8"), {
      compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
    });
    writeFileSync(join(folder, file.replace(/\.ts$/, ".js")), outputText);
  }
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  return folder;
}

export type Channel = "shell" | "control" | "stdin";

/** A message from the kernel. */
export interface Received extends Message {
  readonly type: string;
  readonly topic: string;
  readonly parent: Partial<Header>;
}

export interface StartOptions {
  /** What `compileWire` gave. */
  readonly folder: string;
  /** Milliseconds until the main thread says that it is ready. */
  readonly readyAfter?: number;
  /** Listen on iopub from the start. */
  readonly subscribe?: boolean;
  readonly key?: string;
  /** What is started in the place of the stand-in, in the folder: the kernel itself. */
  readonly main?: string;
}

export class StandIn {
  readonly process: ChildProcess;
  readonly connection: ConnectionInfo;
  readonly codec: Codec;
  readonly sockets = {
    shell: new Dealer({ linger: 0, routingId: "front end" }),
    control: new Dealer({ linger: 0, routingId: "front end" }),
    stdin: new Dealer({ linger: 0, routingId: "front end" }),
  };
  readonly iopub = new Subscriber({ linger: 0, receiveHighWaterMark: 0 });
  readonly heartbeat = new Request({ linger: 0 });
  /** What came on iopub and was not asked for yet. */
  #published: Received[] = [];

  private constructor(options: StartOptions, connection: ConnectionInfo) {
    this.connection = connection;
    this.codec = new Codec(connection);
    const file = join(options.folder, `connection-${connection.shell_port}.json`);
    writeFileSync(file, JSON.stringify(connection));
    const address = (port: number) => `tcp://127.0.0.1:${port}`;
    for (const channel of ["shell", "control", "stdin"] as const) {
      this.sockets[channel].connect(address(connection[`${channel}_port`]));
    }
    this.heartbeat.connect(address(connection.hb_port));
    this.iopub.connect(address(connection.iopub_port));
    if (options.subscribe !== false) this.iopub.subscribe("");
    this.process = spawn(
      process.execPath,
      [
        options.main ?? join(__dirname, "mainThread.cjs"),
        file,
        join(options.folder, "wire/thread.js"),
        `${options.readyAfter ?? 0}`,
      ],
      {
        stdio: ["ignore", "inherit", "inherit"],
        // As Jupyter starts kernels: leader of a process group that an interrupt is for.
        detached: true,
        cwd: options.folder,
        env: { ...process.env, IGDS_KERNEL_HISTORY: join(options.folder, "history.jsonl") },
      },
    );
  }

  /** A kernel that is heard on iopub. */
  static async ready(options: StartOptions): Promise<StandIn> {
    const kernel = await StandIn.start(options);
    const [welcome, status] = [await kernel.nextPublished(), await kernel.nextPublished()];
    if (welcome.type !== "iopub_welcome" || status.content.execution_state !== "starting") {
      throw new Error(`Expected iopub_welcome and starting, found ${outline([welcome, status])}`);
    }
    return kernel;
  }

  static async start(options: StartOptions): Promise<StandIn> {
    const [shell_port, iopub_port, stdin_port, control_port, hb_port] = await freePorts(5);
    return new StandIn(options, {
      transport: "tcp",
      ip: "127.0.0.1",
      key: options.key ?? "secret",
      shell_port: shell_port!,
      iopub_port: iopub_port!,
      stdin_port: stdin_port!,
      control_port: control_port!,
      hb_port: hb_port!,
    });
  }

  /** Sends a request; gives its id. */
  send(channel: Channel, type: string, content: Content = {}, buffers: Uint8Array[] = []): string {
    const frames = this.codec.encode([], { type, parent: undefined, content, buffers });
    void this.sockets[channel].send(frames);
    return (JSON.parse(String(frames[2])) as Header).msg_id;
  }

  execute(code: string, more: Content = {}): string {
    return this.send("shell", "execute_request", { code, ...more });
  }

  async receive(channel: Channel): Promise<Received> {
    return parse(this.codec, await this.sockets[channel].receive());
  }

  async nextPublished(): Promise<Received> {
    return this.#published.shift() ?? parse(this.codec, await this.iopub.receive());
  }

  /** Waits until a message of this type is published for the request: the cell has come so far. Takes none away. */
  async seen(id: string, type: string): Promise<void> {
    const passed: Received[] = [];
    do passed.push(await this.nextPublished());
    while (!(passed.at(-1)!.parent.msg_id === id && passed.at(-1)!.type === type));
    this.#published = [...passed, ...this.#published];
  }

  /** What is published for this request until it is idle; the rest waits. */
  async published(id: string): Promise<Received[]> {
    const found: Received[] = [];
    const others: Received[] = [];
    for (;;) {
      const message = await this.nextPublished();
      (message.parent.msg_id === id ? found : others).push(message);
      if (message.parent.msg_id === id && message.content.execution_state === "idle") break;
    }
    this.#published = [...others, ...this.#published];
    return found;
  }

  /** Runs a cell to its end. */
  async run(code: string, more: Content = {}): Promise<{ reply: Received; published: Received[] }> {
    const id = this.execute(code, more);
    const reply = await this.receive("shell");
    return { reply, published: await this.published(id) };
  }

  /** Resolves to the signal or status that the process ended with. */
  get ended(): Promise<string | number | null> {
    const { exitCode, signalCode } = this.process;
    if (exitCode !== null || signalCode !== null) return Promise.resolve(signalCode ?? exitCode);
    return new Promise((done) => this.process.once("exit", (status, signal) => done(signal ?? status)));
  }

  async close(): Promise<void> {
    this.process.kill("SIGKILL");
    await this.ended;
    for (const socket of [...Object.values(this.sockets), this.iopub, this.heartbeat]) socket.close();
  }
}

export const removeFolder = (folder: string) => rmSync(folder, { recursive: true, force: true });

/** Statuses by their state, streams by their text, other messages by their type. */
export const outline = (messages: readonly Received[]) =>
  messages.map(({ type, content }) => content.execution_state ?? content.text ?? type);

function parse(codec: Codec, frames: Buffer[]): Received {
  const message = codec.decode(frames);
  if (!message) throw new Error(`Expected a signed message, found ${frames.map(String).join(" | ")}`);
  const at = message.identities.length;
  const parent = JSON.parse(String(frames[at + 3])) as Partial<Header>;
  return { ...message, type: message.header.msg_type, topic: String(frames[0]), parent };
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((done) =>
          server.once("listening", () => done((server.address() as { port: number }).port)),
        ),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}
