// Graphs are run by the native engine alone: in a browser compiled functions stay eager (compile.ts) and nothing
// comes here.
export class Session {
  constructor() {
    refuse();
  }
}

export function slotsOf(): never {
  return refuse();
}

function refuse(): never {
  throw new Error("A browser runs no TensorFlow graphs; compile() should have stayed eager.");
}
