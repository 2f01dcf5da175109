"""Interrupts faster than a kernel can take them, as from a key held down."""

import time

from ..cases import case, check, equal
from ..stage import Stage

SECONDS = 5


@case("endurance")
def signal_storm(stage: Stage):
    """SIGINTs one after the other without a pause leave a kernel that runs cells"""
    with stage.own_kernel() as kernel:
        kernel.run(stage.code("assign", Name="survivor", value=41))
        sent = 0
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            kernel.send_interrupt_signal()
            sent += 1
            time.sleep(0.0003)
            if sent % 100 == 0:
                check(kernel.process.poll() is None, f"ended after {sent} signals{kernel.last_words()}")
        check(kernel.alive(20), f"no heartbeat after {sent} signals{kernel.last_words()}")
        # The last ones may still be on their way to a cell.
        until = time.monotonic() + 20
        cell = kernel.run("survivor")
        while cell.status != "ok" and time.monotonic() < until:
            cell = kernel.run("survivor")
        equal((cell.status, cell.result), ("ok", "41"), "what was defined before")
        return {"signals": sent}
