"""history_request: what was run, in this session and before."""

import shutil
import tempfile
from pathlib import Path

from ..cases import case, check, equal
from ..kernel import Kernel
from ..stage import Stage


def history(kernel: Kernel, access: str, **options) -> "list":
    content = {"hist_access_type": access, "raw": True, "output": False, **options}
    asked = kernel.ask("history_request", content)
    equal(asked.reply.type, "history_reply", "type")
    equal(asked.status, "ok", "status")
    return asked.content["history"]


def inputs(entries: "list") -> "list[str]":
    return [entry[2] for entry in entries]


def codes_in(stage: Stage, kernel: Kernel, stem: str, count: int) -> "list[str]":
    """Runs cells that no other case ran; gives their code."""
    codes = []
    for i in range(count):
        codes.append(stage.code("assign", Name=f"{stem}{i}", value=i))
        equal(kernel.run(codes[-1]).status, "ok", "status of a cell")
    return codes


@case("conformance")
def history_tail(stage: Stage):
    """tail gives the last cells with session and line number"""
    codes = codes_in(stage, stage.kernel, stage.unique("tail"), 3)
    entries = history(stage.kernel, "tail", n=3)
    equal(inputs(entries), codes, "code")
    check(all(len(entry) == 3 for entry in entries), f"entries {entries}")
    equal([entry[1] - entries[0][1] for entry in entries], [0, 1, 2], "line numbers, from the first")
    equal(len({entry[0] for entry in entries}), 1, "sessions")


@case("conformance")
def history_range(stage: Stage):
    """range gives the lines from start up to stop of a session; 0 is the present one"""
    codes = codes_in(stage, stage.kernel, stage.unique("range"), 3)
    session, line, _ = history(stage.kernel, "tail", n=3)[0]
    for asked in (0, session):
        entries = history(stage.kernel, "range", session=asked, start=line, stop=line + 2)
        equal(inputs(entries), codes[:2], f"code of session {asked}")
        equal([entry[1] for entry in entries], [line, line + 1], "line numbers")


@case("conformance")
def history_range_right_after(stage: Stage):
    """a cell is in the history as soon as it is answered"""
    name = stage.unique("fresh")
    code = stage.code("assign", Name=name, value=1)
    cell = stage.kernel.run(code)
    line = cell.content["execution_count"]
    equal(inputs(history(stage.kernel, "range", session=0, start=line, stop=line + 1)), [code], "code")


@case("conformance")
def history_search(stage: Stage):
    """search finds cells by a pattern with * and ?"""
    stem = stage.unique("sought")
    codes = codes_in(stage, stage.kernel, stem, 3)
    equal(inputs(history(stage.kernel, "search", pattern=f"*{stem}*")), codes, "code")
    equal(
        inputs(history(stage.kernel, "search", pattern=f"*{stem}?*", n=2)), codes[1:], "code of the last two"
    )
    equal(inputs(history(stage.kernel, "search", pattern=f"*no{stem}*")), [], "code for an unknown pattern")


@case("conformance")
def history_search_unique(stage: Stage):
    """unique search gives each code once"""
    name = stage.unique("often")
    code = stage.code("assign", Name=name, value=1)
    stage.kernel.run(code)
    for _ in range(2):
        stage.kernel.run(name)
    equal(inputs(history(stage.kernel, "search", pattern=f"*{name}*")), [code, name, name], "code")
    equal(
        sorted(inputs(history(stage.kernel, "search", pattern=f"*{name}*", unique=True))),
        sorted([code, name]),
        "code",
    )


@case("conformance")
def history_output(stage: Stage):
    """with output, entries are pairs of code and result"""
    cell = stage.run("trivial")
    entry = history(stage.kernel, "tail", n=1, output=True)[0]
    equal(entry[1], cell.content["execution_count"], "line number")
    equal(list(entry[2]), [stage.code("trivial"), "2"], "code and result")


@case("conformance")
def history_leaves_out(stage: Stage):
    """cells that are silent or not to be stored are not in the history"""
    code = stage.run("trivial") and stage.code("trivial")
    stage.kernel.run(stage.code("print", text="unstored"), store_history=False)
    stage.kernel.run(stage.code("print", text="silent"), silent=True)
    equal(inputs(history(stage.kernel, "tail", n=1)), [code], "the last cell")


@case("conformance")
def history_kept_across_restart(stage: Stage):
    """the history is there in the next session, as session -1 and in tail and search"""
    folder = Path(tempfile.mkdtemp(prefix="kernel test "))
    try:
        first = Kernel(stage.kernel_name, folder)
        first.wait_until_ready()
        codes = codes_in(stage, first, "lasting", 2)
        session = history(first, "tail", n=1)[0][0]
        # A restart asks the kernel to end, as here.
        ended = first.request("shutdown_request", {"restart": True}, channel="control")
        first.wait(ended, idle=False)
        first.process.wait(20)
        first.kill()

        second = Kernel(stage.kernel_name, folder)
        try:
            second.wait_until_ready()
            equal(inputs(history(second, "tail", n=2)), codes, "tail")
            equal(inputs(history(second, "range", session=-1, start=1, stop=3)), codes, "range of session -1")
            equal(inputs(history(second, "search", pattern="*lasting*")), codes, "search")
            second.run(stage.code("trivial"))
            newest = history(second, "tail", n=1)[0]
            check(newest[0] > session, f"the second session has the number {newest[0]}, the first {session}")
        finally:
            second.kill()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@case("conformance")
def history_killed(stage: Stage):
    """cells of a kernel that was killed are in the history"""
    folder = Path(tempfile.mkdtemp(prefix="kernel test "))
    try:
        first = Kernel(stage.kernel_name, folder)
        first.wait_until_ready()
        codes = codes_in(stage, first, "killed", 2)
        # Written behind the reply, and at the latest soon after it.
        first.pump(lambda: False, 1.5)
        first.kill()
        second = Kernel(stage.kernel_name, folder)
        try:
            second.wait_until_ready()
            equal(inputs(history(second, "tail", n=2)), codes, "tail")
        finally:
            second.kill()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@case("conformance")
def history_without_a_place(stage: Stage):
    """a history that cannot be written keeps no cell from running"""
    folder = Path(tempfile.mkdtemp(prefix="kernel test "))
    try:
        # Where the folder for data should be there is a file: writing fails as on a full disk, also for root.
        for name in ("data", "ipython"):
            (folder / name).write_text("")
        kernel = Kernel(
            stage.kernel_name, folder, environment={"JUPYTER_RUNTIME_DIR": str(folder / "runtime")}
        )
        try:
            kernel.wait_until_ready()
            codes = codes_in(stage, kernel, "unwritten", 2)
            equal(kernel.run(stage.code("trivial")).result, "2", "result")
            equal(inputs(history(kernel, "tail", n=3))[:2], codes, "history of the session")
        finally:
            kernel.kill()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
