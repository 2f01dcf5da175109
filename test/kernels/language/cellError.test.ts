import { expect, it } from "vitest";
import { fromDiagnostics } from "../../../kernels/cellError";

const about = (code: string, line: number) =>
  fromDiagnostics(code, [
    { code: 1109, file: "", line, column: 1, length: 1, message: "Expression expected." },
  ]).traceback.join("\n");

it("says what a line of IPython's is taken for", () => {
  for (const code of ["%matplotlib inline", "const a = 1;\n!ls", "!pip install numpy", "  %time f()"])
    expect(about(code, code.split("\n").length)).toMatch(/lines that begin with % or ! are IPython's/);
  for (const code of ["!ready.", "!ready && go()", "a % b", "!(x)"])
    expect(about(code, 1)).not.toMatch(/IPython/);
});
