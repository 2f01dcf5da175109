"""No output is lost, whoever writes it, and it goes where it belongs."""

import threading
import time

from ..cases import add, case, check, contains, equal
from ..kernel import Kernel
from ..stage import Stage


def lines_before_idle(count: int):
    def run(stage: Stage) -> dict:
        cell = stage.kernel.run(stage.code("print_lines", count=count), 120)
        idle = [message.type for message in cell.messages].index("status", 1)
        text = "".join(
            message.content["text"] for message in cell.messages[:idle] if message.type == "stream"
        )
        check(
            text == "".join(f"line {i}\n" for i in range(count)),
            f"{text.count(chr(10))} of {count} lines before idle, or not in order",
        )
        messages = len(cell.of_type("stream"))
        check(messages <= count / 20, f"{messages} stream messages: not gathered")
        return {"messages": messages, "s": round(cell.messages[-1].at - cell.sent, 2)}

    return run


for size in (10_000, 100_000):
    add(
        "features",
        f"lines_{size}",
        f"{size} lines arrive whole, in order, in few messages and before idle",
        lines_before_idle(size),
    )


class Watch:
    """The most memory of a kernel while something runs."""

    def __init__(self, kernel: Kernel):
        self.kernel = kernel
        self.most = 0.0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.look, daemon=True)

    def look(self) -> None:
        while not self.over.wait(0.02):
            self.most = max(self.most, self.kernel.memory())

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


@case("features")
def output_50_mb(stage: Stage):
    """a text of 50 MB arrives whole with less than 300 MB of memory above a kernel that has run a cell"""
    with stage.own_kernel() as kernel:
        kernel.run(stage.code("print", text="warm"))
        before = kernel.memory()
        with Watch(kernel) as watch:
            cell = kernel.run(stage.code("print_big", count=50_000_000), 120)
        check(
            cell.text("stdout") == "x" * 50_000_000 + "\n", f"{len(cell.text('stdout'))} characters arrived"
        )
        figures = {
            "before_mb": round(before),
            "most_mb": round(watch.most),
            "s": round(cell.reply.at - cell.sent, 2),
        }
        check(watch.most - before < 300, f"memory rose by {watch.most - before:.0f} MB")
        return figures


@case("features")
def output_order(stage: Stage):
    """stdout and stderr keep their order among each other"""
    cell = stage.run("write_both")
    equal(cell.text(), "".join(f"out {i}\nerr {i}\n" for i in range(20)), "text")


@case("features")
def late_output_to_its_cell(stage: Stage):
    """output that comes after a cell has ended goes to the cell that started it"""
    kernel = stage.kernel
    early = kernel.run(stage.code("print_later", text="late", seconds=0.4))
    later = kernel.run(stage.code("sleep", seconds=0.8))
    kernel.pump(lambda: "late" in early.text() + later.text(), 10)
    equal(
        (early.text(), later.text()),
        ("late\n", ""),
        "text of the cell that started it and of the one that ran",
    )


@case("features")
def child_process_output(stage: Stage):
    """a child process that writes to the kernel's stdout is seen in the notebook"""
    cell = stage.run("child_output", text="from the child", Name=stage.unique("spawn"))
    equal(cell.status, "ok", f"status ({cell.said})")
    stage.kernel.pump(lambda: "from the child" in cell.text(), 5)
    contains(cell.text(), "from the child\n", "text")


@case("features")
def child_process_order(stage: Stage):
    """what a child process writes that is waited for comes in order with what is printed"""
    code = stage.code("child_output", text="from the child", Name=stage.unique("spawn"))
    before, after = (stage.code("print", text=text) for text in ("before", "after"))
    cell = stage.kernel.run("\n".join([before, before, code, after]))
    equal(cell.text(), "before\nbefore\nfrom the child\nafter\n", "text")


@case("features")
def output_before_work(stage: Stage):
    """two lines that are printed before a loop of two seconds are seen while it runs"""
    code = "\n".join([*(stage.code("print", text=text) for text in ("one", "two")), stage.code("busy", seconds=2)])
    cell = stage.kernel.execute(code)
    stage.kernel.pump(lambda: "two" in cell.text() or cell.reply is not None, 30)
    check(cell.reply is None, "seen at the end only")
    equal(cell.text(), "one\ntwo\n", "text")
    stage.kernel.wait(cell)


@case("features")
def descriptor_output(stage: Stage):
    """code that writes to descriptor 1 itself, as native libraries do, is seen, in order with what is printed"""
    code = (
        stage.code("print", text="before")
        + "\n"
        + stage.code("descriptor_output", text="native", Name=stage.unique("write"))
    )
    cell = stage.kernel.run(code + "\n" + stage.code("print", text="after"))
    stage.kernel.pump(lambda: "native" in cell.text(), 5)
    equal(cell.text(), "before\nnative\nafter\n", "text")


@case("features")
def write_calls_back(stage: Stage):
    """a write to stdout calls back its writer"""
    cell = stage.run("write_callback", text="written")
    equal((cell.status, cell.text("stdout")), ("ok", "written\n"), "status and text")


@case("features")
def worker_output(stage: Stage):
    """what a worker thread prints is seen"""
    cell = stage.run("worker_output", Name=stage.unique("Thread"))
    equal(cell.status, "ok", f"status ({cell.said})")
    stage.kernel.pump(lambda: "from the worker" in cell.text(), 5)
    contains(cell.text(), "from the worker\n", "text")


@case("features")
def exit_is_an_error(stage: Stage):
    """process.exit() in a cell is an error and not the end"""
    name = stage.unique("outlives")
    stage.run("assign", Name=name, value=3)
    cell = stage.run("exit")
    equal(cell.status, "error", "status")
    equal(stage.kernel.run(name).result, "3", "what was defined before")


@case("features")
def unhandled_rejection(stage: Stage):
    """a rejection that nobody handles is shown, and the kernel goes on with what was defined"""
    name = stage.unique("outlives")
    stage.run("assign", Name=name, value=4)
    cell = stage.run("reject", text="nobody caught it")
    later = stage.run("sleep", seconds=0.5)
    contains(cell.said + later.said, "nobody caught it", "output")
    equal(stage.kernel.run(name).result, "4", "what was defined before")


@case("features")
def throw_in_timer(stage: Stage):
    """an error in a timer is shown, and the kernel goes on with what was defined"""
    name = stage.unique("outlives")
    stage.run("assign", Name=name, value=5)
    cell = stage.run("throw_later", text="thrown later")
    later = stage.run("sleep", seconds=0.6)
    contains(cell.said + later.said, "thrown later", "output")
    equal(stage.kernel.run(name).result, "5", "what was defined before")


@case("features")
def output_of_many_cells(stage: Stage):
    """300 cells of 100 lines lose none"""
    kernel = stage.kernel
    began = time.monotonic()
    cells = [kernel.execute(stage.code("print_lines", count=100)) for _ in range(300)]
    for cell in cells:
        kernel.wait(cell)
    expected = "".join(f"line {i}\n" for i in range(100))
    wrong = [index for index, cell in enumerate(cells) if cell.text("stdout") != expected]
    equal(wrong, [], "cells with other output")
    return {"s": round(time.monotonic() - began, 2)}
