// What Node keeps in promises and timers while asynchronous calls are followed, which it would print with each of them.

import { inspect } from "node:util";
import { clearTimeout, setImmediate, setTimeout } from "../io/timers";

/** Descriptions of the symbols under which Node 20 keeps it. */
const inner = new Set(["async_id_symbol", "trigger_async_id_symbol", "kResourceStore"]);

/** From now on promises look as in Node without a kernel, and timers take one line. */
export function hideInnerState(): void {
  define(Promise.prototype, function (this: object, depth, options) {
    try {
      for (const key of Object.getOwnPropertySymbols(this)) {
        if (inner.has(key.description ?? "")) Object.defineProperty(this, key, { enumerable: false });
      }
      // The next time nothing is in the way of Node's own look.
      Object.defineProperty(this, inspect.custom, { value: undefined, configurable: true });
    } catch {
      // Frozen.
      return inspect(this, { ...options, depth, customInspect: false });
    }
    return inspect(this, { ...options, depth });
  });
  const timeout = setTimeout(() => undefined, 1);
  clearTimeout(timeout);
  define(Object.getPrototypeOf(timeout), function (this: object) {
    const { _destroyed: ended, _idleTimeout: after, _repeat: every } = this as Timer;
    return `Timeout { ${ended ? "ended" : typeof every === "number" ? `every ${every} ms` : `after ${after} ms`} }`;
  });
  define(Object.getPrototypeOf(setImmediate(() => undefined)), () => "Immediate {}");
}

interface Timer {
  readonly _destroyed?: boolean;
  readonly _idleTimeout?: number;
  readonly _repeat?: number | null;
}

type Look = (this: object, depth: number, options: object) => string;

function define(prototype: object, look: Look): void {
  Object.defineProperty(prototype, inspect.custom, { value: look, configurable: true, writable: true });
}
