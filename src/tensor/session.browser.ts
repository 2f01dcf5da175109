// Graphs are run by the native engine alone: in a browser compiled functions stay eager (compile.ts) and nothing
// comes here.
export type { Slot } from "./session";

export class Session {
  constructor() {
    throw new Error("A browser runs no TensorFlow graphs; compile() should have stayed eager.");
  }
}
