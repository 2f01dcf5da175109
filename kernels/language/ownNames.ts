// The names that emitted code uses beside the reader's, and how what V8 says with them is put into the reader's.

/** None of them stands in the file. */
export interface OwnNames {
  /** What the kernel does for the code. */
  readonly cell: string;
  /** Variables for imported modules begin with it. */
  readonly module: string;
  /** Variables for names of earlier cells begin with it; alone, it is the function that finds them. */
  readonly ref: string;
}

export function ownNames(text: string): OwnNames {
  const free = (name: string) => {
    while (text.includes(name)) name += "_";
    return name;
  };
  return { cell: free("__cell"), module: free("__m"), ref: free("__ref_") };
}

/** Rewords messages such as `(0 , __ref_f.v) is not a function`. */
export type Reword = (message: string) => string;

/** @param names expression in the emitted code, as V8 prints it -> what the reader calls it */
export function rewording(own: OwnNames, names: ReadonlyMap<string, string>): Reword {
  return (message) => {
    if (!Object.values(own).some((name) => message.includes(name))) return message;
    const words = new Map([
      ...names,
      [`${own.cell}.resume(...)`, "(await ...)"],
      [`${own.cell}.resume is not a function or its return value`, "the awaited value"],
      [`${own.cell}.import`, "import"],
      [`${own.cell}.meta`, "import.meta"],
    ]);
    // `__m0` is a part of `__m0.join`.
    const longestFirst = [...words.keys()].sort((a, b) => b.length - a.length).map(literally);
    const any = `(${longestFirst.join("|")})`;
    const expression = new RegExp(`\\(0 , ${any}\\)|${any}(?![\\p{ID_Continue}$])`, "gu");
    return message.replace(expression, (_, called, used) => words.get(called ?? used)!);
  };
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
