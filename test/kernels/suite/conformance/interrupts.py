"""Interrupting a cell, by signal and by message, with everything that was defined kept."""

import time

from ..cases import add, case, check, contains, equal
from ..stage import Stage

LOOPS = {
    "sync_loop": ("loop_sync", "a loop"),
    "await": ("loop_await", "a cell that awaits"),
    "loop_after_await": ("loop_after_await", "a loop after an await"),
    "timer_loop": ("loop_in_timer", "a loop in a timer while the cell awaits"),
}

#: Seconds in which a loop says that it begins. A kernel may keep that to itself until the loop ends, and loops all the same.
BEGUN = 5

#: Seconds in which an interrupt must have worked; how long it takes is measured by the benchmark.
BOUND = 10


def send_signal(stage: Stage) -> None:
    stage.kernel.send_interrupt_signal()


def send_message(stage: Stage) -> None:
    asked = stage.kernel.request("interrupt_request", {}, channel="control")
    stage.kernel.pump(lambda: asked.reply is not None, BOUND)
    check(asked.reply is not None, f"no interrupt_reply in {BOUND} s")
    equal((asked.reply.type, asked.status), ("interrupt_reply", "ok"), "reply")


WAYS = {"signal": send_signal, "message": send_message}


def interrupting(snippet: str, interrupt):
    def run(stage: Stage) -> dict:
        kernel = stage.kernel
        name = stage.unique("kept")
        stage.run("assign", Name=name, value=41)
        cell = kernel.execute(stage.code(snippet))
        check(kernel.pump(lambda: "busy" in cell.states, 20), "the cell does not start")
        # Until the loop turns; a kernel says busy before it has compiled the cell.
        kernel.wait_for_text(cell, "begun", BEGUN)
        check(cell.reply is None, f"the cell ended by itself: {cell.said}")
        began = time.monotonic()
        interrupt(stage)
        kernel.wait(cell, BOUND)
        equal(cell.status, "error", "status")
        check(cell.first("error"), f"no error among {cell.types}")
        # A kernel that drops what is sent right after an error has kept its state all the same.
        kernel.pump(lambda: False, 0.3)
        contains(kernel.run(f"{name}+1", BOUND).said, "42", "what was defined before, one more")
        return {"ms": round((cell.reply.at - began) * 1000, 1)}

    return run


for kind, (snippet, title) in LOOPS.items():
    for way, interrupt in WAYS.items():
        add(
            "conformance",
            f"interrupt_{kind}_by_{way}",
            f"{title} is interrupted by {way}",
            interrupting(snippet, interrupt),
        )


@case("conformance")
def interrupt_stray_timer(stage: Stage):
    """a loop in a timer of a cell that has ended is interrupted, and the next cell runs"""
    kernel = stage.kernel
    for interrupt in WAYS.values():
        setter = stage.run("loop_in_timer_later")
        equal(setter.status, "ok", "status of the cell that sets the timer")
        kernel.pump(lambda: "begun" in setter.text(), BEGUN)
        waiting = kernel.execute(stage.code("trivial"))
        check(not kernel.pump(lambda: waiting.reply is not None, 0.5), "the timer does not loop")
        interrupt(stage)
        kernel.wait(waiting, BOUND)
        if waiting.status == "aborted":
            waiting = stage.run("trivial")
        equal(waiting.result, "2", "the cell behind it")


@case("conformance")
def interrupt_idle(stage: Stage):
    """an interrupt while nothing runs changes nothing"""
    for interrupt in WAYS.values():
        name = stage.unique("calm")
        stage.run("assign", Name=name, value=1)
        interrupt(stage)
        stage.kernel.pump(lambda: False, 0.3)
        equal(stage.kernel.run(f"{name}+1").result, "2", "the next cell")


@case("conformance")
def interrupt_completion(stage: Stage):
    """an interrupt while names are completed, which may take long at first, leaves no request without its answer"""
    with stage.own_kernel() as kernel:
        kernel.run(stage.code("trivial"))
        asked = kernel.request("complete_request", {"code": "process.", "cursor_pos": 8})
        interrupted = kernel.request("interrupt_request", {}, channel="control")
        kernel.wait(asked, 20)
        kernel.wait(interrupted, 20)
        equal(kernel.run(stage.code("trivial"), 20).result, "2", "the cell after it")


@case("conformance")
def interrupt_aborts_queue(stage: Stage):
    """cells queued behind one that is interrupted do not run"""
    kernel = stage.kernel
    cell = kernel.execute(stage.code("loop_sync"))
    kernel.pump(lambda: "busy" in cell.states, 20)
    queued = kernel.execute(stage.code("print", text="ran"))
    kernel.wait_for_text(cell, "begun", BEGUN)
    # What is queued may arrive after what the loop says.
    kernel.pump(lambda: False, 0.2)
    send_signal(stage)
    kernel.wait(cell, BOUND)
    equal(kernel.wait(queued, BOUND).status, "aborted", "status of the queued cell")


@case("conformance")
def interrupt_many_times(stage: Stage):
    """ten interrupted loops in a row, with cells in between"""
    kernel = stage.kernel
    for turn in range(10):
        cell = kernel.execute(stage.code("loop_sync" if turn % 2 else "loop_after_await"))
        kernel.wait_for_text(cell, "begun", BEGUN)
        send_signal(stage)
        kernel.wait(cell, BOUND)
        equal(stage.run("trivial").result, "2", f"the cell after interrupt {turn + 1}")
