// What a compiled function holds between calls: the names, and what may take the place of the tensors.
import type { Tensor } from "./engine";

/** Named tensors, such as the weights of a network. */
export type Tensors = { readonly [name: string]: Tensor };

/** The error of every use of what is no longer there. */
export function disposedOf(): Error {
  return new Error("compile: this compiled function has been disposed of; compile it again.");
}

/** @throws Error naming the first argument that was disposed of: the addon would not find its numbers */
export function expectArguments(inputs: readonly Tensor[]): void {
  const gone = inputs.findIndex(({ isDisposed }) => isDisposed);
  if (gone >= 0)
    throw new Error(
      `compile: expected tensors to be there until the call, found argument ${gone + 1} of ${inputs.length} disposed of. ` +
        "Dispose of it after the call, or tf.keep it where a tf.tidy ends before.",
    );
}

/** The names of a state with the shapes and types that graphs are recorded for: those it had first. */
export class StateForm<S extends Tensors> {
  readonly names: readonly string[];
  private readonly forms: readonly string[];

  constructor(initial: S) {
    this.names = Object.keys(initial);
    this.forms = this.names.map((name) => formOf(initial[name]!));
  }

  /** Tensors in the order of the names as a state. */
  named(tensors: readonly Tensor[]): S {
    return Object.fromEntries(this.names.map((name, i) => [name, tensors[i]])) as unknown as S;
  }

  /**
   * A new state's tensors in the order of the names.
   * @throws RangeError naming what it lacks, what is not of the state, or what has another shape or type: TensorFlow
   *   would take that, and go on with a graph that was recorded for other sizes
   */
  inOrder(values: S): Tensor[] {
    const { names, forms } = this;
    const unknown = Object.keys(values).find((name) => !names.includes(name));
    if (unknown !== undefined)
      throw new RangeError(
        `compile: setState is given "${unknown}"; the state has ${names.join(", ") || "nothing"}. Leave it out.`,
      );
    return names.map((name, i) => {
      const tensor = values[name];
      if (!tensor)
        throw new RangeError(`compile: setState lacks "${name}". Give all of ${names.join(", ")}.`);
      if (formOf(tensor) !== forms[i])
        throw new RangeError(
          `compile: setState expects "${name}" as ${forms[i]}, found ${formOf(tensor)}. Compile the function anew for ` +
            "a state of other sizes.",
        );
      return tensor;
    });
  }
}

function formOf({ dtype, shape }: Tensor): string {
  return `${dtype} [${shape.join(", ")}]`;
}
