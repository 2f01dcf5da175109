"""Keeps each notebook beside its text, in which reviews and type checks see the code: NAME.ipynb and NAME.ts.

    pair_notebooks.py [--check] FOLDER...

Where the two differ, the file that was changed last wins; outputs stay. A text without a notebook becomes one. With
--check nothing is written; exit code 1 if some pair differs. The text is jupytext's ts:percent format.
"""

import argparse
import sys
from pathlib import Path

import jupytext
import nbformat
from jupytext.combine import combine_inputs_with_outputs

FORMAT = "ts:percent"
KERNEL = {"display_name": "TypeScript (IGDS)", "language": "typescript", "name": "igds"}
CODING = "// -*- coding: utf-8 -*-\n"  # jupytext's line for editors of old; TypeScript is always UTF-8


def main() -> int:
    parser = argparse.ArgumentParser(description="Pairs notebooks with their text.")
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--check", action="store_true", help="only say which pairs differ")
    options = parser.parse_args()
    differing = 0
    for notebook in sorted({name for folder in options.folders for name in pairs_in(folder)}):
        said = check(notebook) if options.check else pair(notebook)
        if said:
            differing += 1
            print(f"{notebook}: {said}")
    return 1 if options.check and differing else 0


def pairs_in(folder):
    for file in [*folder.rglob("*.ipynb"), *folder.rglob("*.ts")]:
        if ".ipynb_checkpoints" not in file.parts:
            yield file.with_suffix(".ipynb")


def check(notebook):
    text = notebook.with_suffix(".ts")
    if not notebook.exists():
        return f"{text.name} has no notebook; run npm run pair"
    if not text.exists():
        return f"{text.name} is missing; run npm run pair"
    return None if text.read_text("utf-8") == text_of(read(notebook)) else f"{text.name} differs; run npm run pair"


def pair(notebook):
    text = notebook.with_suffix(".ts")
    if not text.exists():
        write(text, text_of(read(notebook)))
        return f"wrote {text.name}"
    if notebook.exists() and text.read_text("utf-8") == text_of(read(notebook)):
        return None
    if notebook.exists() and notebook.stat().st_mtime > text.stat().st_mtime:
        write(text, text_of(read(notebook)))
        return f"wrote {text.name}"
    made = jupytext.reads(text.read_text("utf-8"), fmt=FORMAT)
    if notebook.exists():
        made = combine_inputs_with_outputs(made, read(notebook), fmt={"extension": ".ts", "format_name": "percent"})
    made.metadata.pop("jupytext", None)
    made.metadata.setdefault("kernelspec", KERNEL)
    made.nbformat_minor = max(made.nbformat_minor, 5)
    write(notebook, nbformat.writes(made) + "\n")
    write(text, text_of(read(notebook)))  # as it would be written, however it was typed
    return f"wrote {notebook.name}"


def read(notebook):
    return nbformat.read(notebook, as_version=4)


def text_of(notebook):
    """The notebook's cells with their tags; of its metadata only the kernel."""
    bare = nbformat.from_dict(notebook)
    bare.metadata = {"kernelspec": notebook.metadata.get("kernelspec", KERNEL)}
    for cell in bare.cells:
        tags = cell.metadata.get("tags")
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})
    bare.metadata["jupytext"] = {"notebook_metadata_filter": "kernelspec,-jupytext"}
    return jupytext.writes(nbformat.from_dict(bare), fmt=FORMAT).replace(CODING, "", 1)


def write(file, text):
    part = file.with_name(f".{file.name}.part")
    part.write_text(text, "utf-8")
    part.replace(file)


if __name__ == "__main__":
    sys.exit(main())
