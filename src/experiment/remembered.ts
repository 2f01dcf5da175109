// What is made once, when it is first asked for.

/** Keeps what was made for each key. A failure is forgotten: what is missing now may be there later. */
export class Remembered<V, K = void> {
  private readonly made = new Map<K, Promise<V>>();

  constructor(private readonly make: (key: K) => Promise<V>) {}

  get(key: K): Promise<V> {
    const known = this.made.get(key);
    if (known) return known;
    const value = this.make(key);
    this.made.set(key, value);
    value.catch(() => this.made.delete(key));
    return value;
  }

  /** Gives all that was made to `take`, and begins anew. */
  async clear(take: (value: V) => void): Promise<void> {
    const values = await Promise.allSettled(this.made.values());
    this.made.clear();
    for (const value of values) if (value.status === "fulfilled") take(value.value);
  }
}
