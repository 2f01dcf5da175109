"""Takes the shared libraries and the C headers out of a TensorFlow wheel: extract_wheel.py WHEEL FOLDER."""

import re
import shutil
import sys
import zipfile
from pathlib import Path

# The addon needs the C API alone; the wheel's 300 MB of Python and C++ headers stay in it.
WANTED = re.compile(
    r"tensorflow/(libtensorflow_(cc|framework)\.(so\.2|2\.dylib)"
    r"|include/(tensorflow/c/|tensorflow/core/platform/ctstring|xla/tsl/c/|tsl/platform/).*)$"
)


def main(wheel: str, folder: str) -> None:
    found = 0
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            if entry.is_dir() or not WANTED.match(entry.filename):
                continue
            target = Path(folder) / entry.filename[len("tensorflow/") :]
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(entry) as source, open(target, "wb") as sink:
                shutil.copyfileobj(source, sink, 1 << 20)
            found += target.name.startswith("libtensorflow_")
    if found != 2:
        sys.exit(f"Expected libtensorflow_cc and libtensorflow_framework in {wheel}, found {found} of them")


if __name__ == "__main__":
    main(*sys.argv[1:])
