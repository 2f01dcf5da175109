"""What the cases ask for, said in the language of each kernel."""

from __future__ import annotations

import json

from jupyter_client.kernelspec import KernelSpecManager


class Missing(Exception):
    """The language or the kernel has no way to say this."""


class Language:
    """
    Snippets by name, with `$name` for values. A value that is a string is put in as a literal of the language,
    unless its name begins with a capital: then it is code.
    """

    def __init__(self, name: str, *layers: dict[str, str]):
        self.name = name
        self.snippets: dict[str, str] = {}
        for layer in layers:
            self.snippets.update(layer)

    def code(self, snippet: str, **values: object) -> str:
        text = self.snippets.get(snippet)
        if text is None:
            raise Missing(f"no way to say {snippet!r}")
        for name, value in values.items():
            # Every language here reads JSON's strings and numbers.
            text = text.replace(
                f"${name}", str(value) if name[0].isupper() else json.dumps(value, ensure_ascii=False)
            )
        return text

    def has(self, snippet: str) -> bool:
        return snippet in self.snippets


def language_of(kernel_name: str) -> Language:
    """The snippets for an installed kernel, found by what its kernelspec says."""
    from .javascript import DENO, IGDS, IJAVASCRIPT, JAVASCRIPT, TSLAB, TYPESCRIPT
    from .python import PYTHON

    spec = KernelSpecManager().get_kernel_spec(kernel_name)
    started_by = " ".join(spec.argv).lower()
    language = spec.language.lower()
    if language == "python":
        return Language("python", PYTHON)
    if "tslab" in started_by:
        return Language(language, JAVASCRIPT, TYPESCRIPT, TSLAB)
    if "deno" in started_by:
        return Language("typescript", JAVASCRIPT, TYPESCRIPT, DENO)
    if "ijavascript" in started_by or "ijskernel" in started_by:
        return Language("javascript", JAVASCRIPT, IJAVASCRIPT)
    if language == "typescript":
        return Language("typescript", JAVASCRIPT, TYPESCRIPT, IGDS)
    if language == "javascript":
        return Language("javascript", JAVASCRIPT)
    raise Missing(f"no snippets for the language {spec.language!r} of the kernel {kernel_name!r}")
