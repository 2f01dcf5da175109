"""What users of a notebook for TypeScript expect beyond the protocol."""

from . import displays, language, modules, output, traces

__all__ = ["displays", "language", "modules", "output", "traces"]
