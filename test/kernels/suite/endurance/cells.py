"""Many cells in a row."""

import time

from ..cases import case, check, equal
from ..stage import Stage

CELLS = 1000


@case("endurance")
def cells_1000(stage: Stage):
    """1,000 cells in a row all run, and memory does not grow with them"""
    with stage.own_kernel() as kernel:
        # What is kept for good, as compiled libraries, is there after the first hundred.
        settle(stage, kernel, range(100))
        before = kernel.memory()
        began = time.monotonic()
        settle(stage, kernel, range(100, 100 + CELLS))
        seconds = time.monotonic() - began
        after = kernel.memory()
        equal(kernel.run(stage.code("trivial")).result, "2", "the last cell")
        check(after - before < 100, f"memory went from {before:.0f} to {after:.0f} MB")
        return {"before_mb": round(before), "after_mb": round(after), "s": round(seconds, 1)}


def settle(stage: Stage, kernel, numbers: range) -> None:
    for number in numbers:
        # The same names again and again, as by a reader who runs a cell until it is right.
        cell = kernel.run(stage.code("function", index=number % 10))
        check(cell.status == "ok", f"cell {number}: {cell.said[-500:]}")
        # A request is done with once it is answered; ours must not fill our own memory.
        kernel.exchanges.clear()
        kernel.strays.clear()
