"""The groups of cases by name."""

from __future__ import annotations

from importlib import import_module

from .cases import Case, registry

NAMES = ("conformance", "features", "endurance", "official")


def cases_of(group: str) -> list[Case]:
    import_module(f"{__package__}.{group}")
    return [one for one in registry if one.group == group]
