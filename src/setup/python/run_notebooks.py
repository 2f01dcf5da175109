"""Executes notebooks headlessly through the project's kernel and keeps what they showed.

    run_notebooks.py [--only TEXT] [--force] [--save] [-p NAME=VALUE]... --root DIR --out DIR NOTEBOOK_OR_FOLDER...

Each notebook is saved after every cell. One that was finished with the same cells, program, checkpoints and
parameters is not run again. Exit code: 0 all finished, 1 at least one failed, 130 interrupted.
"""

import argparse
import hashlib
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

# nbformat and nbclient take two seconds to load, and a call that runs nothing does without: imported where they are used.

KERNEL = "igds"
SAY_AGAIN_SECONDS = 30


def main() -> int:
    parser = argparse.ArgumentParser(description="Executes notebooks through the IGDS kernel.")
    parser.add_argument("paths", nargs="+", type=Path, help="notebooks, or folders of notebooks")
    parser.add_argument("--root", type=Path, required=True, help="the project folder")
    parser.add_argument("--out", type=Path, required=True, help="folder for the executed notebooks")
    parser.add_argument("--only", default="", help="only notebooks whose path below notebooks/ contains this text")
    parser.add_argument("--force", action="store_true", help="also run notebooks that are up to date")
    parser.add_argument("--save", action="store_true", help="also keep the outputs in the notebooks themselves")
    parser.add_argument("--parameters", default="{}", help="JSON that notebooks find in IGDS_PARAMETERS")
    parser.add_argument(
        "-p", action="append", default=[], metavar="NAME=VALUE", help="one parameter; the value is JSON, or else text"
    )
    options = parser.parse_args()
    options.root = options.root.resolve()
    options.parameters = json.dumps({**json.loads(options.parameters), **dict(map(parameter, options.p))})
    os.environ["IGDS_PARAMETERS"] = options.parameters

    notebooks = [p for p in find_notebooks(options.paths) if options.only in str(name_of(p, options.root))]
    if not notebooks:
        wanted = f" whose path contains {options.only!r}" if options.only else ""
        print(f"No notebooks{wanted} in {', '.join(map(str, options.paths))}")
        return 1 if options.only else 0
    exit_with_parent()
    program = hash_of_program(options.root)
    failed = []
    for position, source in enumerate(notebooks, 1):
        name = name_of(source, options.root)
        target = options.out / name
        label = f"[{position}/{len(notebooks)}] {name}"
        key = hash_of_notebook(source, program, options.parameters)
        if not options.force and is_finished(target, key):
            print(f"{label}: up to date", flush=True)
            if options.save:
                keep_outputs(target, source)
            continue
        print(label, flush=True)
        try:
            if not run(source, target, key, options):
                failed.append(name)
            elif options.save:
                keep_outputs(target, source)
        except KeyboardInterrupt:
            print(f"{label}: interrupted; what had run is in {target}", flush=True)
            return 130
    for name in failed:
        print(f"Failed: {name} (its error is in {options.out / name})", flush=True)
    return 1 if failed else 0


def parameter(text):
    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise SystemExit(f"Expected -p NAME=VALUE, such as -p ipc=5, found {text!r}")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def find_notebooks(paths):
    found = []
    for path in paths:
        inside_folder = sorted(path.rglob("*.ipynb")) if path.is_dir() else [path]
        found += [p.resolve() for p in inside_folder if ".ipynb_checkpoints" not in p.parts]
    return found


def name_of(notebook, root):
    """Its path below the project's notebooks/; of one that lies elsewhere, that of the file alone."""
    folder = (root / "notebooks").resolve()
    return notebook.relative_to(folder) if folder in notebook.parents else Path(notebook.name)


def hash_of_program(root):
    """Everything beside the notebook that its results depend on: the library, the kernel, the weights that are shipped."""
    digest = hashlib.sha256()
    files = [*root.glob("dist/**/*.js"), *root.glob("data/checkpoints/**/*.safetensors"), root / "package-lock.json"]
    for file in sorted(f for f in files if f.is_file()):
        digest.update(str(file.relative_to(root)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def hash_of_notebook(source, program, parameters):
    import nbformat

    notebook = nbformat.read(source, as_version=4)
    cells = [[cell.cell_type, cell.source] for cell in notebook.cells]
    # The figures show stored results, by the settings that were found: new ones ask for a new run.
    results = [hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(source.parent.glob("results/*.json*"))]
    return hashlib.sha256(json.dumps([cells, program, parameters, results]).encode()).hexdigest()


def hash_of_code(notebook):
    """What the outputs were made from: `npm test` finds by it outputs that are older than their cells."""
    code = [cell.source.strip() for cell in notebook.cells if cell.cell_type == "code"]
    return hashlib.sha256("\0".join(code).encode()).hexdigest()


def is_finished(target, key):
    import nbformat

    try:
        note = nbformat.read(target, as_version=4).metadata.get("igds", {})
    except Exception:  # missing, or not a notebook: run it
        return False
    return note.get("state") == "finished" and note.get("key") == key


def run(source, target, key, options):
    """Runs one notebook; True when every cell did what it should."""
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import DeadKernelError

    notebook = nbformat.read(source, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    notebook.metadata["igds"] = {
        "key": key,
        "state": "running",
        "parameters": json.loads(options.parameters),
        "seconds": {},
    }
    note = notebook.metadata["igds"]  # nbformat keeps a copy of what it is given
    save(notebook, target)

    client = NotebookClient(
        notebook,
        kernel_name=KERNEL,
        timeout=None,
        startup_timeout=600,
        coalesce_streams=True,
        resources={"metadata": {"path": str(source.parent)}},
    )
    log = options.root / ".cache" / "kernel.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    # What native code writes past the notebook lands in the log: it is where a crash explains itself.
    with open(log, "wb") as sink:
        try:
            with client.setup_kernel(stdout=sink, stderr=sink):
                ok = run_cells(client, notebook, target, note)
            note["state"] = "finished" if ok else "failed"
        except (DeadKernelError, RuntimeError) as error:
            ok = False
            note["state"] = "failed"
            print(f"  The kernel did not start or ended in the middle of a cell ({error}).")
            print("\n".join(f"    {line}" for line in tail(log)), flush=True)
        except BaseException:
            note["state"] = "interrupted"
            raise
        finally:
            drop_widgets(notebook)
            save(notebook, target)
    print(f"  {note['state']} in {time.monotonic() - start:.1f} s", flush=True)
    return ok


def run_cells(client, notebook, target, note):
    from nbclient.exceptions import CellExecutionError

    code = [i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code" and cell.source.strip()]
    for position, index in enumerate(code, 1):
        cell = notebook.cells[index]
        label = f"  cell {position}/{len(code)}"
        start = time.monotonic()
        error = None
        with said_again(label):
            try:
                client.execute_cell(cell, index, execution_count=position)
            except CellExecutionError as caught:
                error = caught
        note["seconds"][str(index)] = round(time.monotonic() - start, 3)
        save(notebook, target)
        took = f"{note['seconds'][str(index)]:.1f} s"
        if error is not None:
            print(f"{label}  failed after {took}: {title(cell.source)}")
            print("\n".join(f"    {line}" for line in traceback_of(cell, error)), flush=True)
            return False
        print(f"{label}  {took}  {title(cell.source)}", flush=True)
    return True


def drop_widgets(notebook):
    """A widget ends with its kernel: what stands beside it, such as an animation, is what readers can see."""
    view = "application/vnd.jupyter.widget-view+json"
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if len(output.get("data", {})) > 1:
                output["data"].pop(view, None)


def traceback_of(cell, error):
    for output in cell.outputs:
        if output.output_type == "error":
            return "\n".join(output.traceback).split("\n")
    return str(error).split("\n")


def title(source):
    first = next((line.strip() for line in source.split("\n") if line.strip()), "")
    return first if len(first) <= 70 else first[:69] + "…"


class said_again:
    """Says every half minute that a long cell still runs."""

    def __init__(self, label):
        self.label = label
        self.over = threading.Event()

    def __enter__(self):
        self.start = time.monotonic()
        threading.Thread(target=self.say, daemon=True).start()

    def __exit__(self, *_):
        self.over.set()

    def say(self):
        while not self.over.wait(SAY_AGAIN_SECONDS):
            print(f"{self.label}  … {time.monotonic() - self.start:.0f} s", flush=True)


def save(notebook, target):
    import nbformat

    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    nbformat.write(notebook, part)
    part.replace(target)


def keep_outputs(executed, source):
    """Puts the outputs of an executed notebook into the notebook itself, with what they were made from."""
    import nbformat

    notebook = nbformat.read(executed, as_version=4)
    note = notebook.metadata["igds"]
    notebook.metadata["igds"] = {
        "code": hash_of_code(notebook),
        "parameters": note["parameters"],
        "seconds": round(sum(note["seconds"].values()), 1),
    }
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    save(notebook, source)


def tail(log):
    try:
        return log.read_text(errors="replace").strip().split("\n")[-15:]
    except OSError:
        return []


def exit_with_parent():
    """Ends with `npm start`, also when that was killed; the kernel does the same with this process."""
    parent = os.getppid()

    def watch():
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(143)

    threading.Thread(target=watch, daemon=True).start()


def on_terminate(*_):
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, on_terminate)
    sys.exit(main())
