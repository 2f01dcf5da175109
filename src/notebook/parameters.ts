// A notebook's parameters cell: defaults written in the notebook, changed from outside by one environment variable,
// or by the cell that papermill puts behind it (src/setup/python/papermill).

/** Values that JSON can carry and that a notebook may want to change. */
export type ParameterValue = string | number | boolean | readonly ParameterValue[];

/** Literal types of the defaults opened up: a default of 10 may become 50. */
type Widened<T> = T extends string
  ? string
  : T extends number
    ? number
    : T extends boolean
      ? boolean
      : T extends readonly (infer Item)[]
        ? Widened<Item>[]
        : T;

/** The parameters that a cell gets, for the defaults that it names. */
export type ParametersOf<T> = { [Name in keyof T]: Widened<T[Name]> };

/** Name of the environment variable: a JSON object of parameter values. */
const parametersVariable = "IGDS_PARAMETERS";

// Papermill's cell finds the newest parameters here: it knows neither their variable nor how the library is imported.
const givenLater: unique symbol = Symbol.for("igds.parameters");

/**
 * The defaults, with those replaced that the environment variable IGDS_PARAMETERS names. It is set by
 * `npm start -- -p name=value`; papermill's `-p name value` works as well.
 * @throws TypeError if it is no JSON object, names an unknown parameter, or gives a value of another type
 * @example const p = igds.parameters({ profile: "quick", ipcs: [1, 10], seed: 0 });
 */
export function parameters<const T extends Record<string, ParameterValue>>(
  defaults: T,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): ParametersOf<T> {
  const given = environment[parametersVariable] ?? "";
  const result: Record<string, unknown> = { ...defaults };
  if (given.trim() !== "") Object.assign(result, checked(parse(given), defaults, parametersVariable));
  (globalThis as { [givenLater]?: (values: Record<string, unknown>) => void })[givenLater] = (values) => {
    Object.assign(result, checked(values, defaults, "The injected parameters"));
  };
  return result as ParametersOf<T>;
}

/** The values, if each is a parameter and of its type. */
function checked(
  values: Record<string, unknown>,
  defaults: Record<string, ParameterValue>,
  source: string,
): Record<string, unknown> {
  for (const [name, value] of Object.entries(values)) {
    if (!Object.hasOwn(defaults, name)) {
      throw new TypeError(
        `${source}: "${name}" is no parameter of this notebook. It has: ${Object.keys(defaults).join(", ")}.`,
      );
    }
    const wrong = mismatch(value, defaults[name]!);
    if (wrong) {
      throw new TypeError(
        `${source}: "${name}" must be ${describe(defaults[name]!)}, found ${JSON.stringify(value)}${wrong}.`,
      );
    }
  }
  return values;
}

function parse(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new TypeError(
      `${parametersVariable} must be a JSON object such as {"seed": 1}; it is not JSON: ${(error as Error).message}.`,
    );
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TypeError(`${parametersVariable} must be a JSON object such as {"seed": 1}, found ${text}.`);
  }
  return value as Record<string, unknown>;
}

/** Why a value does not fit, as a clause for the message; undefined if it fits. */
function mismatch(value: unknown, model: ParameterValue): string | undefined {
  if (!Array.isArray(model)) return typeof value === typeof model ? undefined : ` (${typeof value})`;
  if (!Array.isArray(value)) return ` (${typeof value})`;
  const kind = model[0] as ParameterValue | undefined;
  if (kind === undefined) return undefined;
  const bad = value.findIndex((item) => mismatch(item, kind) !== undefined);
  return bad < 0 ? undefined : ` (item ${bad} is ${JSON.stringify(value[bad])})`;
}

function describe(model: ParameterValue): string {
  if (!Array.isArray(model)) return `a ${typeof model} like ${JSON.stringify(model)}`;
  return model.length === 0
    ? "a list"
    : `a list whose items are each ${describe(model[0] as ParameterValue)}`;
}
