"""`python -m harmonia_plugins`: the demo and the version."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from harmonia_plugins import HarmoniaError, __version__
from harmonia_plugins.demo import command

USAGE, INTERRUPTED = 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0, 1 failed, 2 wrong use, 130 stopped."""
    parser = argparse.ArgumentParser(
        prog="python -m harmonia_plugins",
        description="Local-first memory for LLM applications.",
    )
    parser.add_argument("--version", action="version", version=f"harmonia-plugins {__version__}")
    command.add_to(parser.add_subparsers(title="commands", metavar="COMMAND"))
    given = parser.parse_args(arguments)
    if not hasattr(given, "run"):
        parser.print_help()
        return 0
    try:
        return given.run(given)
    except command.DemoError as error:
        print(f"error: {error}", file=sys.stderr)
        return USAGE
    except HarmoniaError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


if __name__ == "__main__":
    raise SystemExit(main())
