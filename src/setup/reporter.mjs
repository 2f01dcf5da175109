// Tells what set-up is doing: one line when a step ends, and how far the running ones are.

const interval = 10_000;

export class Reporter {
  #start = performance.now();
  /** @type {Map<string, {since: number, detail: string}>} */
  #active = new Map();
  #live = process.stdout.isTTY === true && process.env.CI === undefined;
  /** @type {NodeJS.Timeout | undefined} */
  #timer;

  /**
   * Runs one step. `work` may say how far it is by calling its argument.
   * It returns what to say when it is done; undefined keeps silent, for steps that had nothing to do.
   * @param {string} name
   * @param {(progress: (detail: string) => void) => Promise<string | undefined | void> | string | undefined | void} work
   */
  async step(name, work) {
    const entry = { since: performance.now(), detail: "" };
    this.#active.set(name, entry);
    this.#tick();
    try {
      const done = await work((detail) => {
        entry.detail = detail;
      });
      this.#active.delete(name);
      if (done !== undefined) this.line(`✓ ${name}: ${done} (${seconds(performance.now() - entry.since)})`);
    } catch (error) {
      this.#active.delete(name);
      this.line(`✗ ${name} (${seconds(performance.now() - entry.since)})`);
      throw error;
    } finally {
      if (this.#active.size === 0) this.#stop();
    }
  }

  /** @param {string} text */
  line(text) {
    if (this.#live) process.stdout.write("\r\x1b[K");
    process.stdout.write(`[${seconds(performance.now() - this.#start).padStart(7)}] ${text}\n`);
  }

  #tick() {
    this.#timer ??= setInterval(() => this.#show(), this.#live ? 250 : interval).unref();
  }

  #stop() {
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (this.#live) process.stdout.write("\r\x1b[K");
  }

  #show() {
    const now = performance.now();
    const parts = [...this.#active].map(([name, { since, detail }]) =>
      `${name} ${detail === "" ? seconds(now - since) : detail}`.trim(),
    );
    if (!this.#live) {
      this.line(`… ${parts.join(" · ")}`);
      return;
    }
    const text = `[${seconds(now - this.#start).padStart(7)}] … ${parts.join(" · ")}`;
    process.stdout.write(`\r\x1b[K${text.slice(0, (process.stdout.columns || 80) - 1)}`);
  }
}

/** @param {number} milliseconds */
export function seconds(milliseconds) {
  const s = milliseconds / 1000;
  return s < 60 ? `${s.toFixed(1)} s` : `${Math.floor(s / 60)} min ${Math.round(s % 60)} s`;
}
