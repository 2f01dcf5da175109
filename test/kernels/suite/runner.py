"""Runs cases one after the other and tells what became of each."""

from __future__ import annotations

import signal
import time
import traceback
from contextlib import contextmanager
from typing import Callable

from .cases import Case, Failed
from .kernel import KernelFailure
from .languages import Missing
from .stage import Stage


#: No case of a kernel that works takes half as long, even on a busy machine.
LIMIT_SECONDS = 240


def run_cases(kernel_name: str, cases: list[Case], tell: Callable[[str], None]) -> list[dict]:
    """
    Each outcome has `name`, `title`, `status` ("pass", "fail", or "missing" where the language or the kernel has no
    way to say it), `reason`, `seconds` and the `figures` that the case gave.
    """
    stage = Stage(kernel_name)
    outcomes = []
    try:
        for case in cases:
            outcome = run_case(stage, case)
            outcomes.append(outcome)
            stage.after_case(outcome["status"] != "fail")
            tell(f"{outcome['status']:7} {case.name} ({outcome['seconds']:.1f} s) {outcome['reason']}")
    finally:
        stage.close()
    return outcomes


@contextmanager
def time_limit(seconds: int):
    """Some of Jupyter's own tests wait for ever for what a kernel never sends."""

    def give_up(*_):
        raise Failed(f"not finished in {seconds} s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def run_case(stage: Stage, case: Case) -> dict:
    began = time.monotonic()
    status, reason, figures = "pass", "", None
    try:
        with time_limit(LIMIT_SECONDS):
            figures = case.run(stage)
    except Missing as missing:
        status, reason = "missing", str(missing)
    except (Failed, KernelFailure) as failure:
        status, reason = "fail", str(failure)
    except Exception:
        # A kernel may answer in any shape; what the case tripped over tells more than its type.
        status, reason = "fail", traceback.format_exc(limit=-3)
    return {
        "name": case.name,
        "title": case.title,
        "status": status,
        "reason": reason,
        "seconds": round(time.monotonic() - began, 2),
        "figures": figures or {},
    }
