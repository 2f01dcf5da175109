"""What users of a notebook for TypeScript expect beyond the protocol."""

from . import displays, interrupts, language, modules, output, traces

__all__ = ["displays", "interrupts", "language", "modules", "output", "traces"]
