"""A case: one statement about a kernel that holds or not. Cases register themselves under a group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable


class Failed(AssertionError):
    """What was expected and what was found."""


@dataclass(frozen=True)
class Case:
    group: str
    name: str
    title: str
    #: Called with a Bench; may return figures for the report.
    run: Callable[["Any"], "dict | None"]


registry: list[Case] = []


def case(group: str):
    """Registers a function under its name; the first line of its docstring is the title."""

    def register(function):
        title = function.__doc__.strip().splitlines()[0].rstrip(".")
        add(group, function.__name__, title, function)
        return function

    return register


def add(group: str, name: str, title: str, run) -> None:
    registry.append(Case(group, name, title, run))


def check(condition: object, reason: str) -> None:
    if not condition:
        raise Failed(reason)


def equal(found: object, expected: object, what: str) -> None:
    if found != expected:
        raise Failed(f"{what}: expected {shortened(expected)}, found {shortened(found)}")


def contains(found: str, part: str, what: str) -> None:
    if part not in found:
        raise Failed(f"{what}: expected to find {part!r} in {shortened(found)}")


def shortened(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 600 else f"{text[:400]} ... {text[-150:]}"
