// Data from elsewhere, held against its schema, with the first fault in one line.
import type { z } from "zod";

/** @throws naming the first thing that is wrong, and where */
export function parsed<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [{ path, message }] = result.error.issues;
  throw new DataError(`${what} is not valid, at "${path.join(".") || "all of it"}": ${message}.`);
}

/** Data that will be as wrong the next time: trying again is of no use. */
export class DataError extends Error {
  override readonly name = "DataError";
}
