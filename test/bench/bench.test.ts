// What `igds bench` makes of its cases; what it measures is no matter of tests.
import { execFileSync } from "node:child_process";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { benchCases } from "../../src/bench/bench";
import type { NamedCase } from "../../src/bench/case";
import type { PyTorchWorker } from "../../src/bench/pytorchWorker";

const root = path.resolve(__dirname, "..", "..");

const working: NamedCase = {
  name: "works",
  build: () => ({ request: { kind: "none" }, tensors: new Map(), run: () => [1, 2], dispose: () => {} }),
};

/** PyTorch's side, with what its variants give. */
function answering(outputs: Record<"eager" | "compile", number[]>): PyTorchWorker {
  return {
    ask: async () => ({}),
    choose: async (variant: "eager" | "compile") => outputs[variant],
    run: async () => 3,
  } as unknown as PyTorchWorker;
}

describe("cases that are timed one after another", () => {
  it("give their rows though one of them fails", async () => {
    const build = () => {
      throw new Error("no such weights");
    };
    const told: string[] = [];
    const rows = await benchCases([{ name: "fails", build }, working], null, 1, ({ name }) =>
      told.push(name),
    );
    expect(rows).toEqual([
      { name: "fails", error: "no such weights" },
      expect.objectContaining({ name: "works", rounds: 1 }),
    ]);
    expect(told).toEqual(["fails", "works"]);
  });

  it("are compared with both of PyTorch's variants", async () => {
    const rowOf = async (worker: PyTorchWorker) => (await benchCases([working], worker, 1, () => {}))[0];
    const same = { eager: [1, 2], compile: [1, 2] };
    expect(await rowOf(answering(same))).toMatchObject({ torch_eager_ms: 3, torch_compile_ms: 3 });
    expect(await rowOf(answering({ ...same, eager: [1, 3] }))).toEqual({
      name: "works",
      error: expect.stringMatching(/PyTorch gives another result: 1 off/),
    });
    expect(await rowOf(answering({ ...same, compile: [1, 3] }))).toMatchObject({
      torch_eager_ms: 3,
      torch_compile_ms: null,
      note: expect.stringMatching(/torch\.compile .* another result: 1 off/),
    });
  });

  it("take for each variant the memory format that is faster for it, and its first result", () => {
    const script = `
from fastest import Fastest
times = {("a", "eager"): 2, ("b", "eager"): 1, ("a", "compile"): 1, ("b", "compile"): 2}
class Case:
    def __init__(self, memory_format):
        self.format, self.runs = memory_format, 0
    def run(self, variant):
        self.runs += 1
        return f"{self.format}{self.runs}"
def milliseconds(case, variant):
    case.run(variant)
    return times[case.format, variant]
for keep in True, False:
    case = Fastest(Case, ["a", "b"], milliseconds, 2, keep)
    print(case.choose("eager"), case.choose("compile"), case.run("eager"), case.run("compile"))
`;
    const printed = execFileSync(path.join(root, ".venv", "bin", "python"), ["-B", "-c", script], {
      encoding: "utf8",
      cwd: path.join(root, "src", "bench", "torch"),
    });
    // Kept, a format's case has run three times before the other variant asks it; not kept, it begins anew.
    expect(printed.trim().split("\n")).toEqual(["b1 a4 b7 a7", "b1 a1 b4 a4"]);
  });
});
