"""Where cases run: one kernel that they share, kernels of their own, and the snippets of its language."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

from .kernel import Kernel, running
from .languages import Language, language_of


class Stage:
    """Cases share a kernel, to be quick; after a failure the next one gets a fresh one."""

    def __init__(self, kernel_name: str):
        self.kernel_name = kernel_name
        self.language: Language = language_of(kernel_name)
        self._shared: Kernel | None = None
        self._folder: Path | None = None
        self._others: dict = {}
        self._counter = 0

    @property
    def kernel(self) -> Kernel:
        if self._shared is None:
            self._folder = Path(tempfile.mkdtemp(prefix="kernel test "))
            self._shared = Kernel(self.kernel_name, self._folder)
            self._shared.wait_until_ready()
        return self._shared

    def shared(self, key, make):
        """What cases share beside the kernel, as long as none fails; its `close` ends it."""
        if key not in self._others:
            self._others[key] = make()
        return self._others[key]

    @contextmanager
    def own_kernel(self, **options):
        """A kernel that the case may spoil."""
        with running(self.kernel_name, **options) as kernel:
            yield kernel

    def code(self, snippet: str, **values: object) -> str:
        return self.language.code(snippet, **values)

    def run(self, snippet: str, **values: object):
        """Runs a snippet in the shared kernel."""
        return self.kernel.run(self.code(snippet, **values))

    def unique(self, stem: str) -> str:
        """A name that no other case uses."""
        self._counter += 1
        return f"{stem}{self._counter}"

    def after_case(self, passed: bool) -> None:
        if not passed or (self._shared is not None and self._shared.process.poll() is not None):
            self.close()
        if self._shared is None:
            return
        self._shared.exchanges.clear()
        self._shared.strays.clear()
        self._shared.answer = lambda request: None

    def close(self) -> None:
        for other in self._others.values():
            other.close()
        self._others.clear()
        if self._shared is not None:
            self._shared.kill()
            shutil.rmtree(self._folder, ignore_errors=True)
            self._shared = None
