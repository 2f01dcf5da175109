// Where the queue is: the address of a Redis server, checked, and connections to it.
import { Redis, type RedisOptions } from "ioredis";

/** All keys in Redis begin with this. */
export const keyPrefix = "igds";
/** The queue's name: shards of sets and cells of experiments wait in it together. */
export const queueName = "work";
/** Where the address is looked for if no command line gives it: a password then shows in no list of processes. */
export const addressVariable = "IGDS_QUEUE";

/** How long the first connection may take, ms. */
const CONNECT_LIMIT = 10_000;

/** A checked address. */
export interface QueueAddress {
  readonly options: RedisOptions;
  /** For people: without the password. */
  readonly shown: string;
}

/**
 * Reads an address such as `redis://user:password@host:6379/0`; `rediss://` is TLS.
 * @throws saying what an address looks like
 * @example queueAddress("redis://localhost:6379").shown; // "redis://localhost:6379/0"
 */
export function queueAddress(text: string): QueueAddress {
  const hint = text.includes("@")
    ? " In a user or a password, / @ # ? % are written %2F %40 %23 %3F %25."
    : "";
  const wrong = (found: string) =>
    new Error(
      `Expected the address of a Redis server, such as redis://localhost:6379, found ${found}.${hint}`,
    );
  if (text.length > 1000) throw wrong(`${text.length} characters`);
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw wrong(JSON.stringify(withoutPassword(text)));
  }
  const { protocol, hostname, port, username, password, pathname, search, hash } = url;
  const database = /^\/?(\d{0,3})$/.exec(pathname)?.[1];
  // A password with ? or # ends the address early: what stands before would be taken for host and port, and shown.
  const isCut = `${search}${hash}`.includes("@");
  if (!["redis:", "rediss:"].includes(protocol) || hostname === "" || database === undefined || isCut)
    throw wrong(JSON.stringify(withoutPassword(text)));
  const host = hostname.replace(/^\[(.*)\]$/, "$1"); // the brackets of an IPv6 address
  const decoded = (part: string) => {
    try {
      return decodeURIComponent(part);
    } catch {
      throw wrong(`${JSON.stringify(withoutPassword(text))}, whose user or password is not percent-encoded`);
    }
  };
  const shown = `${protocol}//${hostname}:${port || 6379}/${database || 0}`;
  return {
    shown,
    options: {
      host,
      port: Number(port || 6379),
      db: Number(database || 0),
      ...(username ? { username: decoded(username) } : {}),
      ...(password ? { password: decoded(password) } : {}),
      ...(protocol === "rediss:" ? { tls: {} } : {}),
      // A server that restarts is waited for, however long it takes.
      maxRetriesPerRequest: null,
      retryStrategy: (times) => Math.min(times * 100, 2000),
    },
  };
}

/** For messages about an address that cannot be read: whatever stands before the last @ may belong to the password. */
function withoutPassword(text: string): string {
  const [scheme = ""] = /^[a-z][a-z\d+.-]*:\/\//i.exec(text) ?? [];
  const end = text.lastIndexOf("@");
  return (end < 0 ? text : `${scheme}...${text.slice(end)}`).slice(0, 200);
}

/**
 * Connects, and waits for the server's first answer.
 * @throws if there is none, saying what to do
 */
export async function connect({ options, shown }: QueueAddress): Promise<Redis> {
  const redis = new Redis({
    ...options,
    lazyConnect: true,
    connectTimeout: CONNECT_LIMIT,
    retryStrategy: () => null,
  });
  let cause: Error | undefined;
  redis.on("error", (error: Error) => {
    cause = error;
  });
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    redis.disconnect();
    const why = (cause ?? (error as Error)).message || String((cause as NodeJS.ErrnoException)?.code);
    throw new Error(
      `No Redis server answers at ${shown} (${why}). Start one, such as: docker compose up -d redis, or redis-server --appendonly yes; or correct the address.`,
      { cause: error },
    );
  }
  // From here on it may go away and come back.
  redis.options.retryStrategy = options.retryStrategy;
  return redis;
}
