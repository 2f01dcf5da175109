"""Notebooks run and saved by nbclient, as papermill and `jupyter execute` do it."""

import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from ..cases import case, check, equal
from ..stage import Stage

LINES = 100_000


def execute(stage: Stage, cells: "list[str]", **options) -> nbformat.NotebookNode:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code) for code in cells])
    notebook.metadata["kernelspec"] = {
        "name": stage.kernel_name,
        "display_name": "",
        "language": stage.language.name,
    }
    with tempfile.TemporaryDirectory(prefix="kernel test ") as folder:
        NotebookClient(
            notebook,
            timeout=120,
            kernel_name=stage.kernel_name,
            resources={"metadata": {"path": folder}},
            **options,
        ).execute()
        file = Path(folder) / "saved.ipynb"
        nbformat.write(notebook, file)
        return nbformat.read(file, as_version=4)


def text(cell: nbformat.NotebookNode) -> str:
    return "".join(output.text for output in cell.outputs if output.output_type == "stream")


@case("endurance")
def nbclient_100000_lines(stage: Stage):
    """nbclient saves all of 100,000 lines in order, in the cell that printed them"""
    notebook = execute(
        stage,
        [stage.code("print_lines", count=LINES), stage.code("print", text="next"), stage.code("trivial")],
    )
    found = text(notebook.cells[0]).splitlines()
    equal(len(found), LINES, "lines")
    check(found == [f"line {i}" for i in range(LINES)], "the lines are not in order")
    equal(text(notebook.cells[1]), "next\n", "output of the next cell")
    equal(notebook.cells[2].outputs[0].data["text/plain"], "2", "result of the last cell")
    return {"outputs": len(notebook.cells[0].outputs)}


@case("endurance")
def nbclient_goes_on(stage: Stage):
    """with allow_errors nbclient runs the cells behind a failed one"""
    notebook = execute(
        stage,
        [stage.code("throw", text="on purpose"), stage.code("print", text="went on"), stage.code("trivial")],
        allow_errors=True,
    )
    equal(notebook.cells[0].outputs[-1].output_type, "error", "output of the failed cell")
    equal(text(notebook.cells[1]), "went on\n", "output of the next cell")
    equal(
        [output.output_type for output in notebook.cells[2].outputs],
        ["execute_result"],
        "output of the last cell",
    )
