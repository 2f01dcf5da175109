// A real Redis server of a test's own, on a free port, with its log of changes on disk as docs/cluster.md asks for.
import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { Redis } from "ioredis";
import { redisBinary } from "./redisBinary";

export class RedisServer {
  private child: ChildProcess | null = null;

  private constructor(
    readonly port: number,
    private readonly folder: string,
  ) {}

  /** Starts a server that keeps its data in `folder`. */
  static async start(folder: string): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), folder);
    await server.launch();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** The server's process number. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** Ends the server at once, as a power cut does, and starts it again on what the disk has. */
  async restart(pause = 0): Promise<void> {
    await this.stop();
    await setTimeout(pause);
    await this.launch();
  }

  async stop(): Promise<void> {
    const child = this.child;
    this.child = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  }

  private async launch(): Promise<void> {
    const { program, env } = await redisBinary();
    const settings = ["--port", `${this.port}`, "--bind", "127.0.0.1", "--dir", path.resolve(this.folder)];
    const log = ["--appendonly", "yes", "--save", "", "--appendfsync", "everysec"];
    const child = spawn(program, [...settings, ...log], {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (text) => {
        said = (said + String(text)).slice(-2000);
      });
    this.child = child;
    const redis = new Redis(this.port, "127.0.0.1", { lazyConnect: true, retryStrategy: () => null });
    redis.on("error", () => {});
    try {
      for (let tries = 0; tries < 200; tries++) {
        if (child.exitCode !== null) break;
        const answer = await redis.connect().then(
          () => redis.ping(),
          () => null,
        );
        if (answer === "PONG") return;
        await setTimeout(50);
      }
    } finally {
      redis.disconnect();
    }
    throw new Error(`redis-server did not start on port ${this.port}: ${said}`);
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
