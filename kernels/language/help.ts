// `name?` or `?name` as a whole cell asks what the name is, as in IPython; TypeScript has no such syntax.

const question = /^\s*(?:\?\s*([\p{L}_$][\p{L}\p{N}_$.]*)|([\p{L}_$][\p{L}\p{N}_$.]*)\s*\?)\s*;?\s*$/u;

/** The name that a cell asks about; undefined for a cell that is to be run. */
export function askedAbout(code: string): string | undefined {
  const found = question.exec(code);
  return found?.[1] ?? found?.[2];
}
