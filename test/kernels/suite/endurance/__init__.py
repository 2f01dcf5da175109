"""What a kernel must live through: fuzzed messages, a thousand cells, and front ends that save long outputs."""

from . import cells, fuzz, notebooks

__all__ = ["cells", "fuzz", "notebooks"]
