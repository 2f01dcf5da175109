"""What a kernel must live through: fuzzed messages, storms of signals, a thousand cells, and front ends that save long outputs."""

from . import cells, fuzz, notebooks, signals

__all__ = ["cells", "fuzz", "notebooks", "signals"]
