"""The command line: `serai`."""

from entrypoints.cli.app import main

__all__ = ["main"]
