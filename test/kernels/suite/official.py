"""jupyter_kernel_test, Jupyter's own tests, with samples for TypeScript or Python."""

from __future__ import annotations

import os
import tempfile
import time
import unittest
from contextlib import contextmanager
from queue import Empty
from unittest import mock

import jupyter_kernel_test as jkt
from jupyter_core.paths import jupyter_data_dir

from .cases import Failed, add
from .languages import Language, Missing, language_of
from .stage import Stage

SETTLE_SECONDS = 1

TYPESCRIPT = {
    "language_name": "typescript",
    "file_extension": ".ts",
    "code_hello_world": 'console.log("hello, world")',
    "code_stderr": 'console.error("to stderr")',
    "completion_samples": [
        {"text": "process.platfo", "matches": {"platform"}},
        {"text": '"text".padSt', "matches": {"padStart"}},
    ],
    "complete_code_samples": ["1", 'console.log("hello")', "function f(a: number) {\n  return a;\n}"],
    "incomplete_code_samples": ["function f() {", "const a = {", "`unfinished", "if (a) {\n"],
    "invalid_code_samples": ["const = 1;", "f(]", "1 = = 2"],
    "code_generate_error": 'throw new Error("wrong")',
    "code_execute_result": [
        {"code": "1 + 2 + 3", "result": "6"},
        {"code": "[1, 2].map((n) => n * n)", "result": "[ 1, 4 ]"},
        {"code": "const seven: number = 7;\nseven", "result": "7"},
    ],
    "code_history_pattern": "1?+ 2*",
    "supported_history_operations": ("tail", "range", "search"),
    "code_inspect_sample": "parseInt",
    "support_iopub_welcome": True,
}

PYTHON = {
    "language_name": "python",
    "file_extension": ".py",
    "code_hello_world": "print('hello, world')",
    "code_stderr": "import sys; print('test', file=sys.stderr)",
    "completion_samples": [{"text": "zi", "matches": {"zip"}}],
    "complete_code_samples": ["1", "print('hello')", "def f(x):\n  return x*2\n\n\n"],
    "incomplete_code_samples": ["print('''hello", "def f(x):\n  x*2"],
    "invalid_code_samples": ["import = 7q"],
    "code_page_something": "zip?",
    "code_generate_error": "raise ValueError('wrong')",
    "code_execute_result": [
        {"code": "1 + 2 + 3", "result": "6"},
        {"code": "[n*n for n in [1, 2, 3]]", "result": "[1, 4, 9]"},
    ],
    "code_history_pattern": "1?+ 2*",
    "supported_history_operations": ("tail", "range", "search"),
    "code_inspect_sample": "zip",
    "support_iopub_welcome": True,
}


def samples(language: Language) -> dict:
    chosen = dict(PYTHON if language.name == "python" else TYPESCRIPT)
    chosen["language_name"] = language.name
    if language.name == "javascript":
        chosen["file_extension"] = ".js"
        chosen["code_execute_result"] = [*TYPESCRIPT["code_execute_result"][:2], {"code": "7", "result": "7"}]
    if language.has("display"):
        code = language.code("display", html="<b>1</b>", plain="1", Name="officialDisplay")
        chosen["code_display_data"] = [{"code": code, "mime": "text/html"}]
    if language.has("clear"):
        chosen["code_clear_output"] = language.code("clear")
    if language.has("page"):
        chosen["code_page_something"] = language.code("page")
    return chosen


class Ended:
    """Ends the kernel itself: the tests' own way fails with newer versions of jupyter_client."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        # A kernel that starts slowly is asked for its info again and again: the answers must not meet the test.
        settled = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < settled:
            try:
                cls.kc.get_shell_msg(timeout=SETTLE_SECONDS)
            except Empty:
                break

    @classmethod
    def tearDownClass(cls) -> None:
        cls.km.shutdown_kernel(now=True)
        cls.kc.stop_channels()


def own_folders(temporary: str) -> dict[str, str]:
    """The kernel's history begins empty, and installed kernels are found all the same."""
    found = [os.environ.get("JUPYTER_PATH", ""), jupyter_data_dir()]
    return {
        "HOME": temporary,
        "XDG_DATA_HOME": temporary,
        "JUPYTER_DATA_DIR": temporary,
        "IPYTHONDIR": temporary,
        "JUPYTER_PATH": os.pathsep.join(path for path in found if path),
    }


@contextmanager
def inside(folder: str):
    """Where a kernel that is started begins with nothing of before."""
    before = os.getcwd()
    os.chdir(folder)
    try:
        with mock.patch.dict(os.environ, own_folders(folder)):
            yield
    finally:
        os.chdir(before)


class OfficialKernel:
    """The kernel that the tests of one class share, as they are made to; of which a failure leaves none for the next."""

    def __init__(self, stage: Stage, base: type):
        attributes = {**samples(stage.language), "kernel_name": stage.kernel_name}
        self.tests = type(base.__name__, (Ended, base), attributes)
        self.folder = tempfile.TemporaryDirectory(prefix="kernel test ")
        try:
            with inside(self.folder.name):
                self.tests.setUpClass()
        except BaseException:
            self.folder.cleanup()
            raise

    def run(self, test: str) -> unittest.TestResult:
        result = unittest.TestResult()
        with inside(self.folder.name):
            self.tests(test).run(result)
        return result

    def close(self) -> None:
        self.tests.tearDownClass()
        self.folder.cleanup()


def official(base: type, test: str):
    def run(stage: Stage) -> None:
        result = stage.shared(base, lambda: OfficialKernel(stage, base)).run(test)
        problems = result.errors + result.failures
        if problems:
            raise Failed("\n".join(text.strip()[-1500:] for _, text in problems))
        if result.skipped:
            raise Missing("; ".join(reason for _, reason in result.skipped))

    return run


for base in (jkt.KernelTests, jkt.IopubWelcomeTests):
    for name in unittest.TestLoader().getTestCaseNames(base):
        add("official", name, f"jupyter_kernel_test: {name}", official(base, name))
