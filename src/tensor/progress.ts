// How far long work is, told to whoever shows it.

/** One report of progress. */
export interface ProgressEvent {
  /** What is being done, for a person to read. */
  readonly label: string;
  /** What is done so far: bytes while fetching, images while reading, else what the label says. */
  readonly done: number;
  /** All that is to be done, in the same unit. */
  readonly total: number;
}

type OnProgress = (event: ProgressEvent) => void;

let listener = (): OnProgress => () => {};

/** Who is told where a caller named nobody: in a notebook bars in the cell, elsewhere nobody. */
export function usualProgress(): OnProgress {
  return listener();
}

/** Chooses who is told, asked anew for each piece of work. */
export function tellUsually(choose: () => OnProgress): void {
  listener = choose;
}
