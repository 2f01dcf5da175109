"""`python -m suite GROUP --kernel NAME [--json FILE] [--only NAME ...]`, or `--list` for the names of the cases."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from . import groups
from .kernel import Kernel
from .runner import run_cases


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m suite", description=__doc__)
    parser.add_argument("group", choices=sorted(groups.NAMES))
    parser.add_argument("--kernel", default="igds", help="name of an installed kernel (igds)")
    parser.add_argument("--only", nargs="*", default=[], help="parts of names of cases")
    parser.add_argument("--json", type=Path, help="file for the results")
    parser.add_argument("--patience", type=float, default=60, help="seconds for what must happen (60)")
    parser.add_argument("--list", action="store_true", help="write names and titles as JSON and end")
    options = parser.parse_args()

    cases = [
        one
        for one in groups.cases_of(options.group)
        if not options.only or any(part in one.name for part in options.only)
    ]
    if options.list:
        json.dump([{"name": one.name, "title": one.title} for one in cases], sys.stdout)
        return 0
    Kernel.patience = options.patience
    outcomes = run_cases(options.kernel, cases, lambda line: print(line, file=sys.stderr, flush=True))
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps({"kernel": options.kernel, "cases": outcomes}, indent=1))
    failed = [one for one in outcomes if one["status"] == "fail"]
    passed = [one for one in outcomes if one["status"] == "pass"]
    print(f"{options.group}: {len(passed)} of {len(outcomes)} passed, {len(failed)} failed", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
