/** A cache with a bound on what it holds; what was used longest ago goes first. */
export class RecentlyUsed<Value> {
  private readonly entries = new Map<string, Value>(); // a Map keeps insertion order: oldest first
  private held = 0;

  /** @param capacity in the unit of `sizeOf` */
  constructor(
    private readonly capacity: number,
    private readonly sizeOf: (value: Value) => number,
  ) {}

  get(key: string): Value | undefined {
    return this.entries.get(key);
  }

  /** Keeps `value`, as the most recently used. A value larger than the whole cache is not kept. */
  set(key: string, value: Value): void {
    const old = this.entries.get(key);
    if (old !== undefined) this.drop(key, old);
    this.entries.set(key, value);
    this.held += this.sizeOf(value);
    for (const [oldest, entry] of this.entries) {
      if (this.held <= this.capacity) break;
      this.drop(oldest, entry);
    }
  }

  private drop(key: string, value: Value): void {
    this.entries.delete(key);
    this.held -= this.sizeOf(value);
  }
}
