"""Where an error is: the cell and the line as they were typed."""

import re

from ..cases import case, check, contains, equal
from ..stage import Stage
from .language import javascript_cells, types_only

CODE = """interface Unused { a: number }
// Lines that leave no JavaScript move everything up without a source map.
type AlsoUnused = string;
function deep(n: number): number {
  if (n === 0) throw new RangeError("at the bottom");
  return deep(n - 1);
}
deep(2);"""


@case("features")
def trace_names_cell_and_line(stage: Stage):
    """the traceback names the cell and the lines as typed"""
    types_only(stage)
    cell = stage.kernel.run(CODE)
    error = cell.first("error")
    check(error, f"no error among {cell.types}")
    trace = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(error["traceback"]))
    number = cell.content["execution_count"]
    frames = [line for line in trace.splitlines() if re.match(r"\s+at ", line)]
    check(frames, f"no frames in {trace!r}")
    check(re.search(rf"at deep .*\b{number}\b.*:5:\d+", frames[0]), f"the first frame is {frames[0]!r}")
    check(
        any(re.search(rf"\b{number}\b.*:8:\d+", frame) for frame in frames), f"no frame of line 8: {frames}"
    )
    check(
        not re.search(r"node:internal|node_modules|kernels/|evalmachine", trace),
        f"frames of the kernel: {trace}",
    )


@case("features")
def trace_through_cells(stage: Stage):
    """an error in a function of an earlier cell names both cells"""
    first = javascript_cells(stage, "// one\n\nfunction breaks(): never { throw new Error('far'); }")
    second = stage.kernel.run("\nbreaks();")
    trace = second.said
    one, two = first.content["execution_count"], second.content["execution_count"]
    check(re.search(rf"\b{one}\b.*:3:\d+", trace), f"cell {one}, line 3 is not in {trace}")
    check(re.search(rf"\b{two}\b.*:2:\d+", trace), f"cell {two}, line 2 is not in {trace}")


@case("features")
def trace_after_await(stage: Stage):
    """an error after an await names its line"""
    types_only(stage)
    cell = stage.kernel.run("type A = 1;\nawait null;\n\nawait Promise.resolve();\nthrow new Error('after');")
    contains(cell.said, ":5:", "traceback")


@case("features")
def trace_in_timer(stage: Stage):
    """an error in a timer names its line"""
    types_only(stage)
    cell = stage.kernel.run("type B = 1;\n\nsetTimeout(() => { throw new Error('ticked'); }, 50);")
    later = stage.run("sleep", seconds=0.5)
    said = cell.said + later.said
    contains(said, "ticked", "output")
    contains(said, ":3:", "output")


@case("features")
def error_cause(stage: Stage):
    """the cause of an error is shown"""
    types_only(stage)
    contains(
        stage.kernel.run('throw new Error("what", { cause: new Error("why") });').said, "why", "traceback"
    )


@case("features")
def thrown_values(stage: Stage):
    """anything can be thrown"""
    types_only(stage)
    for thrown, part in (
        ("'text'", "text"),
        ("undefined", "undefined"),
        ("{ code: 12 }", "12"),
        ("null", "null"),
    ):
        cell = stage.kernel.run(f"throw {thrown};")
        equal(cell.status, "error", f"status of throw {thrown}")
        contains(cell.said, part, f"error of throw {thrown}")
        check(
            all(isinstance(cell.content.get(name), str) for name in ("ename", "evalue")),
            f"reply {cell.content}",
        )
