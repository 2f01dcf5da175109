"""
Remakes the comparison in kernels/README.md for all installed kernels: the suite of test/kernels/suite, then bench.py.

    npm run bench:kernels -- [--kernels igds deno] [--rounds 5] [--reuse]

Takes some minutes for each kernel, longer for one that hangs. --reuse keeps results that are in out/bench already.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

import bench
from measure import Run

ROOT = bench.ROOT
README = ROOT / "kernels" / "README.md"
FOLDER = ROOT / "out" / "bench" / "kernels"
GROUPS = ("official", "conformance", "features", "endurance")
BEGIN, END = "<!-- comparison: made by `npm run bench:kernels` -->", "<!-- end of comparison -->"

TITLES = {
    "official": "jupyter_kernel_test",
    "conformance": "the protocol",
    "features": "features",
    "endurance": "endurance",
}


def about(kernel: str) -> str:
    """Name and version as the kernel tells them; of one that is a package beside us, the package's, which tslab misstates."""
    with Run(kernel).started() as running:
        info = running.ask("kernel_info_request", {}).content
    package = ROOT / "node_modules" / kernel / "package.json"
    version = json.loads(package.read_text())["version"] if package.exists() else info.get("implementation_version", "?")
    return f"{kernel}: {info.get('implementation', '?')} {version}"


def suite(kernel: str, group: str, reuse: bool) -> "list[dict]":
    file = FOLDER / f"{kernel}.{group}.json"
    if not (reuse and file.exists()):
        print(f"{kernel}: {group}", file=sys.stderr, flush=True)
        # Not longer for a kernel that hangs than one that works needs on a busy machine.
        words = ["-m", "suite", group, "--kernel", kernel, "--patience", "10"]
        # Its code tells whether all cases passed; the results are in the file.
        subprocess.run(
            [sys.executable, *words, "--json", str(file)],
            cwd=ROOT / "test" / "kernels",
            stderr=subprocess.DEVNULL,
            check=False,
        )
    return json.loads(file.read_text())["cases"]


def measured(kernels: "list[str]", rounds: int, reuse: bool) -> dict:
    if reuse and bench.RESULTS.exists():
        return json.loads(bench.RESULTS.read_text())
    result = bench.run(kernels, rounds, "")
    bench.RESULTS.parent.mkdir(parents=True, exist_ok=True)
    bench.RESULTS.write_text(json.dumps(result, indent=1))
    return result


MARKS = {"pass": "yes", "fail": "no", "missing": "-"}


def counts(outcomes: "dict[str, dict[str, list[dict]]]", kernels: "list[str]") -> "list[str]":
    lines = [heading("passed", kernels)]
    for group in GROUPS:
        row = []
        for kernel in kernels:
            states = [one["status"] for one in outcomes[kernel][group]]
            unsaid = f", {states.count('missing')} -" if "missing" in states else ""
            row.append(f"{states.count('pass')} of {len(states)}{unsaid}")
        lines.append(f"| {TITLES[group]} | " + " | ".join(row) + " |")
    return lines


def every_case(outcomes: "dict[str, dict[str, list[dict]]]", kernels: "list[str]", group: str) -> "list[str]":
    lines = [heading(TITLES[group], kernels)]
    of = {kernel: {one["name"]: one["status"] for one in outcomes[kernel][group]} for kernel in kernels}
    for one in outcomes[kernels[0]][group]:
        row = [MARKS[of[kernel].get(one["name"], "missing")] for kernel in kernels]
        lines.append(f"| {one['title'].replace('|', chr(92) + '|')} | " + " | ".join(row) + " |")
    return lines


def heading(first: str, kernels: "list[str]") -> str:
    return f"| {first} | " + " | ".join(kernels) + " |\n|---|" + "---|" * len(kernels)


def comparison(kernels: "list[str]", rounds: int, reuse: bool) -> str:
    versions = [about(kernel) for kernel in kernels]
    outcomes = {kernel: {group: suite(kernel, group, reuse) for group in GROUPS} for kernel in kernels}
    result = measured(kernels, rounds, reuse)
    folded = []
    for group in GROUPS:
        folded += [
            "<details>",
            f"<summary>{TITLES[group]}, each test</summary>",
            "",
            *every_case(outcomes, kernels, group),
            "",
            "</details>",
            "",
        ]
    return "\n".join(
        [
            BEGIN,
            "",
            f"{'; '.join(versions)}. Measured {result['date']} on {result['machine']}: medians of {result['rounds']} "
            "rounds in which the kernels took turns. Times are of the processor, all threads together; “clock” is "
            "what passes until the answer is there. “never”: it did not happen in 20 s (interrupts: 6 s), or not "
            "with what had been defined before.",
            "",
            *counts(outcomes, kernels),
            "",
            "“-”: the kernel, or the suite for it, has no way to say it.",
            "",
            bench.table(result),
            "",
            *folded,
            END,
        ]
    )


def put_into_readme(text: str) -> None:
    readme = README.read_text("utf-8")
    pattern = re.compile(re.escape(BEGIN) + ".*" + re.escape(END), re.S)
    if not pattern.search(readme):
        raise SystemExit(f"Expected the lines {BEGIN!r} and {END!r} in {README}, where the table is to stand")
    part = README.with_suffix(".part")
    part.write_text(pattern.sub(lambda _: text, readme), "utf-8")
    part.replace(README)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--kernels", nargs="+", help=f"names of installed kernels; else those of {', '.join(bench.KNOWN)}"
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--reuse", action="store_true")
    options = parser.parse_args()
    kernels = options.kernels or bench.installed(bench.KNOWN)
    put_into_readme(comparison(kernels, options.rounds, options.reuse))
    print(f"The comparison of {', '.join(kernels)} is in {README}")


if __name__ == "__main__":
    main()
