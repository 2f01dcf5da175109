// Signs of life in Redis beside the queue: that somebody still wants a run, and which workers have refused it.
import type { Redis } from "ioredis";
import { keyPrefix } from "./address";

/** A sign that is older is none, s. */
const ALIVE = 60;
/** How often it is given, ms. */
const REFRESH = 15_000;
/** How long a refusal is remembered, s. */
const REMEMBERED = 3600;

/** Refusals of cells are remembered together. */
export const cellRun = "cells";

const aliveKey = (run: string) => `${keyPrefix}:alive:${run}`;
const refusedKey = (run: string) => `${keyPrefix}:refused:${run}`;

/** Says that this process waits for the run, until the returned function is called; then nobody does. */
export function keepAlive(redis: Redis, run: string): () => Promise<void> {
  const give = () => redis.set(aliveKey(run), "1", "EX", ALIVE).catch(() => {});
  void give();
  const timer = setInterval(give, REFRESH);
  return async () => {
    clearInterval(timer);
    await redis.del(aliveKey(run)).catch(() => {}); // where the server is away, it ends by itself
  };
}

/** Whether somebody waits for the run. */
export async function isAlive(redis: Redis, run: string): Promise<boolean> {
  return (await redis.exists(aliveKey(run))) === 1;
}

/** Tells those who wait for the run that a worker does not do it. */
export async function refuse(redis: Redis, run: string, worker: string, reason: string): Promise<void> {
  await redis
    .multi()
    .hset(refusedKey(run), worker, reason.slice(0, 2000))
    .expire(refusedKey(run), REMEMBERED)
    .exec();
}

/** What workers said who do not do the run. */
export async function refusalsOf(redis: Redis, run: string): Promise<string[]> {
  const said = await redis.hgetall(refusedKey(run));
  return Object.entries(said).map(([worker, reason]) => `Worker ${worker} refused the work. ${reason}`);
}
