// tslab's way to write a module in a cell: a comment `/** @module name */` at its top makes it `./name`.

const comment = /^\s*\/\*\*(?:(?!\*\/)[\s\S])*?@module\s+([\w.-]+)[\s\S]*?\*\//;

/** The name of the module that a cell writes; undefined for a cell that is to be run. */
export function moduleOfCell(code: string): string | undefined {
  return comment.exec(code)?.[1];
}
