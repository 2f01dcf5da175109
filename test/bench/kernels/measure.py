"""What one kernel needs: time of its processor, time on the clock, memory. Used by compare.py."""

from __future__ import annotations

import shutil
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "kernels"))

from suite.kernel import Kernel, KernelFailure  # noqa: E402
from suite.languages import Language, Missing, language_of  # noqa: E402

#: Seconds after which something that does not happen is told as "never".
LIMIT = 20.0

INTERRUPTS = {
    "interrupt a loop": "loop_sync",
    "interrupt an awaiting cell": "loop_await",
    "interrupt a loop after await": "loop_after_await",
    "interrupt a loop in a timer": "loop_in_timer",
}


def processor_ms(kernel: Kernel) -> float:
    """Time of the processor that all threads of the kernel have had, in ms."""
    total = 0
    for process in kernel.processes():
        try:
            for thread in Path(f"/proc/{process.pid}/task").iterdir():
                total += int((thread / "schedstat").read_text().split()[0])
        except OSError:
            # Not Linux, or without this file: in steps of 10 ms.
            return kernel.cpu()
    return total / 1e6


def settle(kernel: Kernel, most: float = 15.0) -> None:
    """Until the kernel has been quiet for half a second: what it prepares in the background is done."""
    deadline = time.monotonic() + most
    before = processor_ms(kernel)
    while time.monotonic() < deadline:
        kernel.pump(lambda: False, 0.5)
        now = processor_ms(kernel)
        if now - before < 10:
            return
        before = now


class Run:
    """One round with one kernel: figures by name, None where it never happened, nothing where it cannot be said."""

    def __init__(self, name: str):
        self.name = name
        self.language: Language = language_of(name)
        self.figures: dict[str, float | None] = {}

    @contextmanager
    def started(self, *, measured=False):
        folder = Path(tempfile.mkdtemp(prefix="kernel bench "))
        kernel = Kernel(self.name, folder)
        try:
            asked = kernel.request("kernel_info_request", {})
            if not kernel.pump(lambda: asked.reply is not None, 60):
                raise KernelFailure(f"{self.name} does not answer kernel_info_request")
            if measured:
                self.figures["start, clock"] = (asked.reply.at - kernel.started) * 1000
                self.figures["start"] = processor_ms(kernel)
            kernel.wait_until_ready()
            yield kernel
        finally:
            kernel.kill()
            shutil.rmtree(folder, ignore_errors=True)

    def timed(self, kernel: Kernel, name: str, codes: "list[str]", seconds: float = LIMIT) -> bool:
        """Processor and clock of one of these cells, the mean of all. False: one never ended."""
        before, began = processor_ms(kernel), time.monotonic()
        try:
            for code in codes:
                cell = kernel.run(code, seconds)
                if cell.status != "ok":
                    raise KernelFailure(f"{self.name}: {code!r} failed: {cell.said[-300:]}")
        except KernelFailure as failure:
            print(f"  {name}: {str(failure)[:200]}", file=sys.stderr)
            self.figures[name] = self.figures[f"{name}, clock"] = None
            return False
        self.figures[f"{name}, clock"] = (time.monotonic() - began) * 1000 / len(codes)
        self.figures[name] = (processor_ms(kernel) - before) / len(codes)
        return True

    def cells(self) -> None:
        """Start, memory, small cells and completion."""
        with self.started(measured=True) as kernel:
            settle(kernel)
            self.figures["memory after start"] = kernel.memory()
            code = self.language.code
            kernel.run(code("trivial"))
            kernel.run(code("function", index=1000))
            settle(kernel)
            self.timed(kernel, "1+1", [code("trivial")] * 20)
            self.timed(kernel, "a typed function", [code("function", index=index) for index in range(20)])
            self.completion(kernel)
            self.figures["memory after 40 cells"] = kernel.memory()

    def completion(self, kernel: Kernel) -> None:
        kernel.run(self.language.code("member_of", Name="benchHolder"))
        text = self.language.code("member_prefix", Name="benchHolder")
        request = {"code": text, "cursor_pos": len(text)}
        kernel.ask("complete_request", request)
        before, began = processor_ms(kernel), time.monotonic()
        times = 20
        for _ in range(times):
            kernel.ask("complete_request", request)
        self.figures["completion, clock"] = (time.monotonic() - began) * 1000 / times
        self.figures["completion"] = (processor_ms(kernel) - before) / times

    def lines(self, count: int) -> None:
        """All lines, until idle."""
        name = f"{count:,} lines"
        with self.started() as kernel:
            kernel.run(self.language.code("print", text="warm"))
            settle(kernel)
            code = self.language.code("print_lines", count=count)
            before = processor_ms(kernel)
            cell = kernel.execute(code)
            try:
                kernel.wait(cell, LIMIT)
            except KernelFailure:
                pass
            # Some kernels are idle long before the last of their output.
            while kernel.pump(lambda seen=len(cell.messages): len(cell.messages) > seen, 1):
                pass
            used = processor_ms(kernel) - before
            arrived = cell.text("stdout").count("\n")
            idle = next((m.at for m in cell.messages if m.content.get("execution_state") == "idle"), None)
            early = [m for m in cell.messages if m.type == "stream" and idle is not None and m.at <= idle]
            self.figures[f"{name}, arrived"] = arrived
            self.figures[f"{name}, before idle"] = sum(m.content["text"].count("\n") for m in early)
            self.figures[f"{name}, clock"] = (
                None if idle is None else (cell.messages[-1].at - cell.sent) * 1000
            )
            self.figures[name] = used if arrived == count else None

    def big(self) -> None:
        """One text of 50 MB."""
        name = "50 MB of output"
        with self.started() as kernel:
            kernel.run(self.language.code("print", text="warm"))
            settle(kernel)
            most = [kernel.memory()]
            over = threading.Event()

            def look() -> None:
                while not over.wait(0.01):
                    most[0] = max(most[0], kernel.memory())

            watcher = threading.Thread(target=look)
            watcher.start()
            try:
                self.timed(kernel, name, [self.language.code("print_big", count=50_000_000)], 60)
            finally:
                over.set()
                watcher.join()
            self.figures[f"{name}, most memory"] = most[0]

    def interrupt(self, name: str, snippet: str) -> None:
        """From the front end's way of asking to the reply of the cell; a variable must be kept."""
        with self.started() as kernel:
            kernel.run(self.language.code("assign", Name="keptHere", value=41))
            settle(kernel)
            cell = kernel.execute(self.language.code(snippet))
            kernel.pump(lambda: "busy" in cell.states, 20)
            kernel.pump(lambda: cell.reply is not None, 0.6)
            began = time.monotonic()
            if kernel.manager.kernel_spec.interrupt_mode == "message":
                kernel.request("interrupt_request", {}, channel="control")
            else:
                kernel.send_interrupt_signal()
            self.figures[name] = None
            try:
                kernel.wait(cell, 6, idle=False)
                # A kernel that drops what is sent right after an error has kept its state all the same.
                kernel.pump(lambda: False, 0.4)
                if cell.reply.at >= began and "41" in kernel.run("keptHere", 6).said:
                    self.figures[name] = (cell.reply.at - began) * 1000
            except KernelFailure:
                pass


def steps(run: Run, known: "dict[str, list]") -> "list[tuple[str, object]]":
    """What there is to measure; what never happened in an earlier round is not waited for again."""
    never = {name for name, values in known.items() if values and values[-1] is None}
    everything = [("1+1", run.cells)]
    everything += [(f"{count:,} lines", lambda count=count: run.lines(count)) for count in (10_000, 100_000)]
    everything += [("50 MB of output", run.big)]
    everything += [
        (name, lambda name=name, snippet=snippet: run.interrupt(name, snippet))
        for name, snippet in INTERRUPTS.items()
    ]
    return [(name, step) for name, step in everything if name not in never]


def measure(name: str, known: "dict[str, list]", only: str = "") -> "dict[str, float | None]":
    """One round; `known` holds the figures of earlier ones."""
    run = Run(name)
    for step_name, step in steps(run, known):
        if only and only not in step_name:
            continue
        try:
            step()
        except Missing as missing:
            print(f"  {step_name}: {missing}", file=sys.stderr)
        except KernelFailure as failure:
            print(f"  {step_name}: {str(failure)[:200]}", file=sys.stderr)
            run.figures.setdefault(step_name, None)
    return run.figures
