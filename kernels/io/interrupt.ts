// What an interrupted cell fails with.

export class KeyboardInterrupt extends Error {
  override readonly name = "KeyboardInterrupt";

  constructor() {
    super("the cell was interrupted; what it had defined before is kept");
  }
}
