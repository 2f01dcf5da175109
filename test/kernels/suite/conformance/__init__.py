"""Jupyter's messaging protocol, clause by clause."""

from . import (
    comms,
    completion,
    display,
    execution,
    history,
    information,
    interrupts,
    lifecycle,
    security,
    stdin,
)

__all__ = [
    "comms",
    "completion",
    "display",
    "execution",
    "history",
    "information",
    "interrupts",
    "lifecycle",
    "security",
    "stdin",
]
