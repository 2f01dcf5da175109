"""Ending a kernel."""

import os
import signal
import subprocess

from ..cases import case, check, equal
from ..kernel import Kernel
from ..stage import Stage


def ended(kernel: Kernel, seconds: float = 20) -> bool:
    try:
        kernel.process.wait(seconds)
        return True
    except subprocess.TimeoutExpired:
        return False


def shut_down(kernel: Kernel, restart: bool, channel: str) -> None:
    """Asks the kernel to end; its reply is echoed to all front ends on iopub."""
    asked = kernel.request("shutdown_request", {"restart": restart}, channel=channel)
    kernel.wait(asked, 20, idle=False)
    equal(asked.reply.type, "shutdown_reply", "type")
    equal(asked.content, {"status": "ok", "restart": restart}, "content")
    try:
        kernel.pump(lambda: "shutdown_reply" in asked.types, 10)
    except Exception:
        # The process may have ended; what it published before is looked for below.
        kernel.receive("iopub", kernel.channels["iopub"])
    echo = asked.first("shutdown_reply")
    check(echo, f"no echo on iopub, only {asked.types}")
    equal(echo.get("restart"), restart, "restart in the echo")
    check(ended(kernel), "the process has not ended after 20 s")


@case("conformance")
def shutdown_control(stage: Stage):
    """shutdown on control is answered, echoed on iopub, and ends the process"""
    with stage.own_kernel() as kernel:
        shut_down(kernel, False, "control")


@case("conformance")
def shutdown_restart_echo(stage: Stage):
    """a restart is told to all front ends"""
    with stage.own_kernel() as kernel:
        shut_down(kernel, True, "control")


@case("conformance")
def shutdown_on_shell(stage: Stage):
    """older front ends ask on shell"""
    with stage.own_kernel() as kernel:
        shut_down(kernel, False, "shell")


@case("conformance")
def shutdown_while_busy(stage: Stage):
    """a kernel in an endless loop ends when asked to"""
    with stage.own_kernel() as kernel:
        cell = kernel.execute(stage.code("loop_sync"))
        kernel.pump(lambda: "busy" in cell.states, 20)
        kernel.wait_for_text(cell, "begun", 5)
        shut_down(kernel, False, "control")


@case("conformance")
def shutdown_by_signal(stage: Stage):
    """SIGTERM ends the kernel"""
    with stage.own_kernel() as kernel:
        os.kill(kernel.pid, signal.SIGTERM)
        check(ended(kernel), "the process has not ended after 20 s")
