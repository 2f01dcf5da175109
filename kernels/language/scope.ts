// Where the names of all cells live at run time.
//
// Inside its own cell a name is an ordinary local variable, as fast as any. Other cells reach it through its Ref, so
// that an assignment in a later cell is seen by the functions of an earlier one.

export interface Binding {
  readonly get: () => unknown;
  /** Absent for what cannot be assigned to. */
  readonly set?: (value: unknown) => void;
}

/**
 * A name, whatever it means: code that uses it holds this one object, which V8 sees through. Accessors under the names
 * of one object cost forty times as much in a loop, as V8 looks for the name in its dictionary each time.
 */
class Ref {
  /** Two plain fields that are there from the start, for V8. */
  get: () => unknown = nothing;
  set: (value: unknown) => void = refuse;

  get v(): unknown {
    return this.get();
  }

  set v(value: unknown) {
    this.set(value);
  }
}

const nothing = () => undefined;

function refuse(): void {
  throw new TypeError("Assignment to constant variable.");
}

export class Scope {
  readonly #refs = new Map<string, Ref>();

  /** What emitted code asks for once and then reads and assigns as `.v`. */
  readonly ref = (name: string): { v: unknown } => this.#ref(name);

  /** Makes names visible before their cell has reached their declarations: until then the older value shows. */
  declare(bindings: Readonly<Record<string, Binding>>): DeclaredNames {
    const before = new Map<string, Binding>();
    for (const [name, { get, set }] of Object.entries(bindings)) {
      const ref = this.#ref(name);
      const older = ref.get === nothing ? undefined : { get: ref.get, set: ref.set };
      if (older) before.set(name, older);
      const getOrOlder = () => {
        try {
          return get();
        } catch (error) {
          const older = before.get(name);
          if (older && error instanceof ReferenceError) return older.get();
          throw error;
        }
      };
      assign(ref, { get: getOrOlder, set });
    }
    return {
      settle: (done) => {
        const settled: string[] = [];
        for (const [name, binding] of Object.entries(bindings)) {
          const older = before.get(name);
          const initialised = isInitialised(binding, done || !older);
          if (initialised) settled.push(name);
          assign(this.#ref(name), initialised ? binding : (older ?? { get: nothing }));
        }
        // The names of this cell know of `before`: what it holds would live as long as they do.
        before.clear();
        return settled;
      },
    };
  }

  #ref(name: string): Ref {
    let ref = this.#refs.get(name);
    if (!ref) {
      ref = new Ref();
      this.#refs.set(name, ref);
    }
    return ref;
  }
}

function assign(ref: Ref, { get, set = refuse }: Binding): void {
  ref.get = get;
  ref.set = set;
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
