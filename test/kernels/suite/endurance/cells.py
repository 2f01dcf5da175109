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
        before = live_memory(stage, kernel)
        began = time.monotonic()
        settle(stage, kernel, range(100, 100 + CELLS))
        seconds = time.monotonic() - began
        after = live_memory(stage, kernel)
        equal(kernel.run(stage.code("trivial")).result, "2", "the last cell")
        check(after - before < 25, f"memory went from {before:.0f} to {after:.0f} MB")
        resident = kernel.memory()
        check(resident < 800, f"{resident:.0f} MB are resident")
        return {
            "before_mb": round(before),
            "after_mb": round(after),
            "resident_mb": round(resident),
            "s": round(seconds, 1),
        }


def live_memory(stage: Stage, kernel) -> float:
    """MB in use once garbage is collected, where the kernel can tell; else what is resident."""
    if not stage.language.has("live_memory"):
        return kernel.memory()
    cell = kernel.run(stage.code("live_memory"))
    check(cell.result, f"memory is not told: {cell.said[-500:]}")
    return float(cell.result) / 1e6


def settle(stage: Stage, kernel, numbers: range) -> None:
    for number in numbers:
        # The same names again and again, as by a reader who runs a cell until it is right.
        cell = kernel.run(stage.code("function", index=number % 10))
        check(cell.status == "ok", f"cell {number}: {cell.said[-500:]}")
        # A request is done with once it is answered; ours must not fill our own memory.
        kernel.exchanges.clear()
        kernel.strays.clear()
