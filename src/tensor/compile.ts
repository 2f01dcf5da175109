// compile(fn): run a function of tensors as one TensorFlow graph instead of operation by operation.
import { engineInfo, type NativeBackend, nativeBackend, type Tensor, tf } from "./engine";
import { disposedOf, expectArguments, StateForm, type Tensors } from "./heldState";
import { hasOwnOperations } from "./ownOperations";
import { Session, slotsOf } from "./session";
import { insideGradient, isTracing, trace } from "./trace";

export type { Tensors };

/** What a compiled function may return. */
export type Output = Tensor | readonly Tensor[] | Tensors;

/** How a function is compiled. */
export interface CompileOptions {
  /**
   * Round the operands of products to bfloat16: faster where the processor has it, error about 3e-3. Attention that is
   * one operation (attention.ts) stays in float32, which is faster there. Default: false.
   */
  readonly bfloat16?: boolean;
}

/** How a function with tensors that stay is compiled. */
export interface HeldOptions extends CompileOptions {
  /**
   * Whether each graph keeps a copy of the tensors. Default: yes, a call is then quickest. Without, all graphs share
   * the one that is held here: for weights of gigabytes.
   */
  readonly resident?: boolean;
}

/** A compiled function: call it like the original. */
export interface Compiled<I extends readonly Tensor[], O> {
  (...inputs: I): O;
  /** Frees the sessions and the state that they hold. */
  dispose(): void;
}

/** A compiled function with tensors that stay in the engine between calls. */
export interface CompiledWithState<S extends Tensors, I extends readonly Tensor[], O> extends Compiled<I, O> {
  /** Copies of the tensors that the engine holds now; the caller disposes of them. */
  state(): S;
  /**
   * Replaces the tensors that the engine holds. The caller keeps `values`.
   * @throws RangeError unless they have the names, shapes and types of the state that the function was compiled with
   */
  setState(values: S): void;
}

/** What one step of {@link compileStep} returns: new values for some or all of the state, and results. */
export interface StepResult<S, O> {
  /** New values, by name; what is not named stays. */
  readonly state: Partial<S>;
  /** What the call returns. */
  readonly output: O;
}

/** Whether functions are compiled here: on the native backend, unless IGDS_COMPILE=off. */
function compiles(): boolean {
  return engineInfo.backend === "tensorflow" && process.env.IGDS_COMPILE !== "off";
}

/**
 * Compiles a pure function of tensors. The first call with new shapes runs it once eagerly to record it
 * and builds a TensorFlow session; later calls run that session. On other backends it stays eager.
 *
 * `fn` must be pure: no reading of tensor values, no random draws, no dependence on anything that changes
 * between calls. Called inside `tf.grad` or another compiled function it runs as plain code.
 *
 * @throws at the first call, when `fn` does what a graph cannot hold
 * @example
 * const gelu = igds.tensor.compile((x: igds.Tensor) => x.mul(x.mul(1.702).sigmoid()));
 * gelu(igds.tf.tensor1d([0, 1])).print();
 */
export function compile<I extends readonly Tensor[], O extends Output>(
  fn: (...inputs: I) => O,
  options: CompileOptions = {},
): Compiled<I, O> {
  const none: Tensors = {};
  return build<Tensors, I, O>(none, (_, ...inputs) => ({ state: {}, output: fn(...inputs) }), false, options);
}

/**
 * Compiles a function whose first argument is a set of tensors that stay in the engine, such as weights.
 * The caller keeps its own. `fn` must be pure, as that of `compile`.
 * @example
 * const scaled = igds.tensor.compileWith({ w: igds.tf.scalar(3) }, ({ w }, x: igds.Tensor) => x.mul(w));
 * scaled(igds.tf.tensor1d([1, 2])).print(); // [3, 6]
 */
export function compileWith<S extends Tensors, I extends readonly Tensor[], O extends Output>(
  state: S,
  fn: (state: S, ...inputs: I) => O,
  options: HeldOptions = {},
): CompiledWithState<S, I, O> {
  if (options.resident === false) return shared(state, fn, options);
  return build<S, I, O>(
    state,
    (held, ...inputs) => ({ state: {}, output: fn(held, ...inputs) }),
    false,
    options,
  );
}

/**
 * Compiles a step that reads and replaces state, such as a training step with its optimiser. Each call runs the step
 * and leaves the new state in the engine. The caller keeps its own; `fn` must be pure, as that of `compile`.
 * @throws when called, if the step returns a new value for what is not in the state
 * @example
 * const count = igds.tensor.compileStep({ n: igds.tf.scalar(0) }, ({ n }, by: igds.Scalar) => ({
 *   state: { n: n.add(by) as igds.Scalar },
 *   output: n.add(by),
 * }));
 * count(igds.tf.scalar(2)); // 2
 * count(igds.tf.scalar(2)); // 4: the state stays in the engine
 */
export function compileStep<S extends Tensors, I extends readonly Tensor[], O extends Output>(
  state: S,
  fn: (state: S, ...inputs: I) => StepResult<S, O>,
  options: CompileOptions = {},
): CompiledWithState<S, I, O> {
  return build<S, I, O>(state, fn, true, options);
}

/** As `compileWith`, the state given to the graph at each call as its inputs are, which copies nothing. */
function shared<S extends Tensors, I extends readonly Tensor[], O extends Output>(
  state: S,
  fn: (state: S, ...inputs: I) => O,
  options: CompileOptions,
): CompiledWithState<S, I, O> {
  const form = new StateForm(state);
  const { names } = form;
  const take = (values: S): Tensor[] => form.inOrder(values).map((tensor) => tf.keep(tensor.clone()));
  let held: Tensor[] | null = take(state);
  const alive = (): Tensor[] => {
    if (held) return held;
    throw disposedOf();
  };
  const graph = compile<readonly Tensor[], O>(
    (...all) => fn(form.named(all.slice(0, names.length)), ...(all.slice(names.length) as unknown as I)),
    options,
  );
  const call = (...inputs: I): O => {
    expectArguments(inputs);
    return graph(...alive(), ...inputs);
  };
  return Object.assign(call, {
    state: () => form.named(alive().map((tensor) => tensor.clone())),
    setState: (values: S) => {
      const old = alive();
      held = take(values);
      for (const tensor of old) tensor.dispose();
    },
    dispose: () => {
      graph.dispose();
      for (const tensor of held ?? []) tensor.dispose();
      held = null;
    },
  });
}

/** Names and tensors of an output, and the way back from a list of tensors to the output's own shape. */
function flatten<O extends Output>(output: O): { tensors: Tensor[]; restore: (tensors: Tensor[]) => O } {
  if (output instanceof tf.Tensor)
    return { tensors: [output], restore: ([tensor]) => tensor as unknown as O };
  if (Array.isArray(output)) return { tensors: [...output], restore: (tensors) => tensors as unknown as O };
  const names = Object.keys(output);
  return {
    tensors: names.map((name) => (output as Tensors)[name]),
    restore: (tensors) => Object.fromEntries(names.map((name, i) => [name, tensors[i]])) as unknown as O,
  };
}

interface Built<O> {
  readonly session: Session;
  readonly restore: (tensors: Tensor[]) => O;
}

function build<S extends Tensors, I extends readonly Tensor[], O extends Output>(
  initial: S,
  fn: (state: S, ...inputs: I) => StepResult<S, O>,
  updates: boolean,
  options: CompileOptions,
): CompiledWithState<S, I, O> {
  const form = new StateForm(initial);
  const { names } = form;
  const sessions = new Map<string, Built<O>>();
  // The state lives in the session that ran last; before the first call, and on eager backends, here.
  let owner: Session | null = null;
  let held: Tensor[] | null = names.map((name) => tf.keep(initial[name].clone()));

  const holdHere = (values: readonly Tensor[]) => {
    for (const tensor of held ?? []) tensor.dispose();
    held = values.map((tensor) => tf.keep(tensor));
  };
  const takeState = (): Tensor[] => {
    if (held) return held.map((tensor) => tensor.clone());
    if (owner) return owner.getState();
    throw disposedOf();
  };

  const eager = (inputs: I): O => {
    if (!held) holdHere(takeState());
    if (updates) owner = null;
    const state = held as Tensor[];
    let restore: ((tensors: Tensor[]) => O) | undefined;
    const replaced = new Map<number, Tensor>();
    const tensors = tf.tidy(() => {
      const { state: next, output } = fn(form.named(state), ...inputs);
      const flat = flatten(output);
      restore = flat.restore;
      for (const [name, tensor] of Object.entries(next))
        replaced.set(indexOf(name), tf.keep((tensor as Tensor).clone()));
      // Copies, as a graph gives them: the caller may dispose of them where they are inputs, or the state.
      return flat.tensors.map((tensor) => tensor.clone());
    });
    for (const [i, next] of replaced) {
      state[i].dispose();
      state[i] = next;
    }
    return (restore as (tensors: Tensor[]) => O)(tensors);
  };

  const indexOf = (name: string): number => {
    const i = names.indexOf(name);
    if (i < 0)
      throw new Error(
        `compile: the step returns new state "${name}"; its state has ${names.join(", ") || "nothing"}.`,
      );
    return i;
  };

  const record = (inputs: I): Built<O> => {
    const backend = nativeBackend();
    const state = takeState();
    // One placeholder for one native tensor: where two arguments share one, the second gets a copy.
    const seen = new Set<number>();
    const distinct = (tensor: Tensor): Tensor => {
      const [id] = backend.getInputTensorIds([tensor]);
      const own = seen.has(id) ? tf.tensor(tensor.dataSync(), tensor.shape, tensor.dtype) : tensor.clone();
      seen.add(backend.getInputTensorIds([own])[0]);
      return own;
    };
    const ownInputs = inputs.map(distinct);
    const ownState = state.map(distinct);
    try {
      return recordOn(backend, ownInputs, ownState);
    } finally {
      for (const tensor of [...ownInputs, ...ownState, ...state]) tensor.dispose();
    }
  };

  const recordOn = (
    backend: NativeBackend,
    ownInputs: readonly Tensor[],
    ownState: readonly Tensor[],
  ): Built<O> => {
    let restore: ((tensors: Tensor[]) => O) | undefined;
    let results = 0;
    const replaced = names.map(() => -1);
    // Asked now, as the question is an operation too.
    hasOwnOperations();
    const recorded = trace(backend, [...ownInputs, ...ownState], () => {
      const { state: next, output } = fn(form.named(ownState), ...(ownInputs as unknown as I));
      const flat = flatten(output);
      restore = flat.restore;
      results = flat.tensors.length;
      const tensors = [...flat.tensors];
      for (const [name, tensor] of Object.entries(next)) {
        replaced[indexOf(name)] = tensors.length;
        tensors.push(tensor as Tensor);
      }
      return tensors;
    });
    const session = new Session(
      backend,
      recorded,
      slotsOf(backend, ownInputs),
      slotsOf(backend, ownState),
      replaced,
      results,
      { bfloat16: options.bfloat16 ?? false },
    );
    session.setState(ownState);
    return { session, restore: restore as (tensors: Tensor[]) => O };
  };

  const call = (...inputs: I): O => {
    expectArguments(inputs);
    if (!compiles() || isTracing() || insideGradient()) return eager(inputs);
    const key = inputs.map((tensor) => `${tensor.dtype}[${tensor.shape.join(",")}]`).join(" ");
    let built = sessions.get(key);
    if (!built) {
      built = record(inputs);
      sessions.set(key, built);
    } else if (updates && owner !== built.session) {
      const state = takeState();
      built.session.setState(state);
      for (const tensor of state) tensor.dispose();
    }
    owner = built.session;
    for (const tensor of held ?? []) tensor.dispose();
    held = null;
    return built.restore(built.session.run(inputs));
  };

  return Object.assign(call, {
    state: () => form.named(takeState()),
    setState: (values: S) => {
      if (!held && !owner) throw disposedOf();
      const next = form.inOrder(values);
      const live = updates ? (owner ? [owner] : []) : [...sessions.values()].map(({ session }) => session);
      for (const session of live) session.setState(next);
      if (held || live.length === 0) holdHere(next.map((tensor) => tensor.clone()));
    },
    dispose: () => {
      for (const { session } of sessions.values()) session.dispose();
      sessions.clear();
      for (const tensor of held ?? []) tensor.dispose();
      held = null;
      owner = null;
    },
  });
}
