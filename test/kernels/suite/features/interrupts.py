"""Interrupting what a cell has called in a library: a step is let come to its end, and its object stays usable."""

import time
from pathlib import Path

from ..cases import case, check, equal
from ..stage import Stage
from .language import types_only

PROJECT = Path(__file__).resolve().parents[4]

#: A step that takes long without a turn of the event loop, and a lock that only its end gives back.
STEPPER = """
class Stepper {
  constructor() { this.steps = 0; this.locked = false; }
  async step(milliseconds) {
    if (this.locked) throw new Error("locked");
    this.locked = true;
    try {
      for (const end = Date.now() + milliseconds; Date.now() < end; ) JSON.stringify(JSON.parse("[1, 2, 3]"));
      this.steps++;
      console.log("step");
      await new Promise((resolve) => setImmediate(resolve));
      globalThis[Symbol.for("Jupyter.signal")]?.throwIfAborted();
    } finally { this.locked = false; }
  }
  async go(milliseconds) { for (;;) await this.step(milliseconds); }
}
exports.Stepper = Stepper;
"""


def interrupt(kernel, code: str, lines: int, bound: float = 20) -> None:
    """Interrupts the cell once it has written so many lines."""
    cell = kernel.execute(code)
    check(kernel.pump(lambda: cell.text().count("\n") >= lines, 60), f"the cell wrote {cell.text()!r}")
    kernel.request("interrupt_request", {}, channel="control")
    kernel.wait(cell, bound)
    equal((cell.status, cell.reply.content.get("ename")), ("error", "KeyboardInterrupt"), "reply")


@case("features")
def interrupt_library_step(stage: Stage):
    """a loop inside a library ends after its step, which is not torn apart"""
    types_only(stage)
    with stage.own_kernel(prepare=lambda folder: (folder / "stepper.cjs").write_text(STEPPER)) as kernel:
        kernel.run('import { Stepper } from "./stepper.cjs"; const stepper = new Stepper();')
        for code in ("await stepper.go(300)", "for (;;) await stepper.step(300)"):
            interrupt(kernel, code, 2)
            taken = int(kernel.run("stepper.steps").result)
            check(taken > 1, f"{taken} steps were taken")
            time.sleep(1)
            equal(kernel.run("stepper.steps").result, str(taken), "steps a second later")
            equal(kernel.run("await stepper.step(1); stepper.steps").result, str(taken + 1), "another step")


@case("features")
def interrupt_endless_library(stage: Stage):
    """a call of a library that never returns is ended by a second interrupt"""
    types_only(stage)
    endless = 'exports.endless = () => { console.log("begun"); for (;;) JSON.parse("1"); };'
    with stage.own_kernel(prepare=lambda folder: (folder / "endless.cjs").write_text(endless)) as kernel:
        kernel.run('import { endless } from "./endless.cjs"; const kept = 41;')
        cell = kernel.execute("endless()")
        check(kernel.wait_for_text(cell, "begun"), "the cell does not start")
        for _ in range(2):
            kernel.request("interrupt_request", {}, channel="control")
            kernel.pump(lambda: False, 1)
        kernel.wait(cell, 10)
        equal(cell.status, "error", "reply")
        equal(kernel.run("kept").result, "41", "what was defined before")


@case("features")
def interrupt_sampling(stage: Stage):
    """sampling with TensorFlow ends at its next step, and the run goes on from there in another cell"""
    types_only(stage)

    def link(folder: Path) -> None:
        (folder / "node_modules").mkdir()
        (folder / "node_modules" / "igds").symlink_to(PROJECT)

    with stage.own_kernel(prepare=link) as kernel:
        kernel.run(
            'import * as igds from "igds"; const distiller = await igds.open("fashion-mnist");\n'
            'const run = distiller.start({ ipc: 1, classes: ["Bag"], setWeight: 0 }); await run.step(); 1',
            120,
        )
        interrupt(kernel, 'for (;;) { await run.finish(); console.log("finished"); run.back(40); }', 1, 60)
        taken = int(kernel.run("run.records.length").result)
        kernel.run("if (run.done) run.back(10); await run.step();", 60)
        check(taken > 1, f"{taken} steps were taken")
