"""Tests of a Jupyter kernel over its ZeroMQ sockets, for any installed kernel: `python -m suite --help`."""
