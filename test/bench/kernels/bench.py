"""
Kernels beside each other in one run: start, cells, output, completion, interrupts, memory.

    .venv/bin/python test/bench/kernels/bench.py [--kernels igds deno] [--rounds 5] [--only lines] [--json FILE]

The kernels take turns, so that whatever else the machine does meets them all; medians are written. Times are
milliseconds of the processor ("clock": of the clock), memory is MB. Nothing else should be running.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import sys
from datetime import date
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager
from measure import INTERRUPTS, measure

KNOWN = ("igds", "tslab", "deno", "ijavascript", "python3")
ROOT = Path(__file__).resolve().parents[3]
RESULTS = ROOT / "out" / "bench" / "kernels.json"

#: Row: figure, unit.
ROWS = (
    ("start", "ms"),
    ("start, clock", "ms"),
    ("memory after start", "MB"),
    ("1+1", "ms"),
    ("1+1, clock", "ms"),
    ("a typed function", "ms"),
    ("a typed function, clock", "ms"),
    ("completion", "ms"),
    ("completion, clock", "ms"),
    ("10,000 lines", "ms"),
    ("10,000 lines, clock", "ms"),
    ("10,000 lines, arrived", ""),
    ("10,000 lines, before idle", ""),
    ("100,000 lines", "ms"),
    ("100,000 lines, clock", "ms"),
    ("100,000 lines, arrived", ""),
    ("100,000 lines, before idle", ""),
    ("50 MB of output", "ms"),
    ("50 MB of output, clock", "ms"),
    ("50 MB of output, most memory", "MB"),
    *((name, "ms") for name in INTERRUPTS),
)


def installed(names) -> "list[str]":
    found = KernelSpecManager().find_kernel_specs()
    return [name for name in names if name in found]


def medians(rounds: "dict[str, list]") -> "dict[str, float | None]":
    """None: it never happened, in at least half of the rounds."""
    result = {}
    for name, values in rounds.items():
        numbers = [value for value in values if value is not None]
        result[name] = statistics.median(numbers) if len(numbers) * 2 > len(values) else None
    return result


def run(kernels: "list[str]", rounds: int, only: str) -> dict:
    values: "dict[str, dict[str, list]]" = {kernel: {} for kernel in kernels}
    for number in range(rounds):
        for kernel in kernels:
            print(f"round {number + 1} of {rounds}: {kernel}", file=sys.stderr, flush=True)
            for name, value in measure(kernel, values[kernel], only).items():
                values[kernel].setdefault(name, []).append(value)
    return {
        "date": date.today().isoformat(),
        "machine": f"{processor()}, {platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "rounds": rounds,
        "figures": {kernel: medians(values[kernel]) for kernel in kernels},
        "values": values,
    }


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
        return f"{len(names)} x {names[0]}"
    except (OSError, IndexError):
        return platform.processor() or "unknown processor"


def table(result: dict) -> str:
    kernels = list(result["figures"])
    lines = ["| | " + " | ".join(kernels) + " |", "|---|" + "---:|" * len(kernels)]
    for name, unit in ROWS:
        row = [cell(result["figures"][kernel], name) for kernel in kernels]
        if any(entry != "" for entry in row):
            lines.append(f"| {name}{f', {unit}' if unit else ''} | " + " | ".join(row) + " |")
    return "\n".join(lines)


def cell(figures: dict, name: str) -> str:
    if name not in figures:
        return ""
    value = figures[name]
    if value is None:
        return "never"
    return f"{value:,.0f}" if value >= 20 or value == int(value) else f"{value:.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--kernels", nargs="+", help=f"names of installed kernels; else those of {', '.join(KNOWN)}"
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="part of the name of what is measured")
    parser.add_argument("--json", type=Path, default=RESULTS)
    options = parser.parse_args()
    result = run(options.kernels or installed(KNOWN), options.rounds, options.only)
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(result, indent=1))
    print(table(result))


if __name__ == "__main__":
    main()
