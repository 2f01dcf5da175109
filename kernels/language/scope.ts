// Where the names of all cells live at run time.
//
// Inside its own cell a name is an ordinary local variable, as fast as any. Other cells reach it through an
// accessor here, so that an assignment in a later cell is seen by the functions of an earlier one.

export interface Binding {
  readonly get: () => unknown;
  /** Absent for what cannot be assigned to. */
  readonly set?: (value: unknown) => void;
}

export class Scope {
  /** What emitted code calls `__scope`. */
  readonly names: Record<string, unknown> = Object.create(null);

  /** Makes names visible before their cell has reached their declarations: until then the older value shows. */
  declare(bindings: Readonly<Record<string, Binding>>): DeclaredNames {
    const before = new Map<string, PropertyDescriptor | undefined>();
    for (const [name, { get, set }] of Object.entries(bindings)) {
      const older = Object.getOwnPropertyDescriptor(this.names, name);
      before.set(name, older);
      const getOrOlder = () => {
        try {
          return get();
        } catch (error) {
          if (older?.get && error instanceof ReferenceError) return older.get.call(this.names);
          throw error;
        }
      };
      this.#define(name, { get: getOrOlder, set });
    }
    return {
      settle: (done) => {
        const settled: string[] = [];
        for (const [name, binding] of Object.entries(bindings)) {
          if (isInitialised(binding, done || !before.get(name))) {
            this.#define(name, binding);
            settled.push(name);
          } else {
            delete this.names[name];
            const older = before.get(name);
            if (older) Object.defineProperty(this.names, name, older);
          }
        }
        // The names of this cell know of `before`: what it holds would live as long as they do.
        before.clear();
        return settled;
      },
    };
  }

  #define(name: string, { get, set }: Binding): void {
    Object.defineProperty(this.names, name, { get, set, enumerable: true, configurable: true });
  }
}

export interface DeclaredNames {
  /**
   * Called when the cell is over: names that it never came to mean again what they did.
   * @param done it has come to all of them; false when it failed before its end
   */
  settle(done: boolean): string[];
}

/** @param undefinedCounts otherwise a `var`, an enum or a namespace that the cell has not come to looks like that */
function isInitialised({ get }: Binding, undefinedCounts: boolean): boolean {
  try {
    return get() !== undefined || undefinedCounts;
  } catch (error) {
    return !(error instanceof ReferenceError);
  }
}
