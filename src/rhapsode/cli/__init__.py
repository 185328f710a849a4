"""The command line."""

import sys


def main() -> None:
    """Run the command that the arguments name; Ctrl-C ends it with exit status 130."""
    try:
        # Importing all commands takes a second, in which Ctrl-C must already be understood.
        from rhapsode.cli.commands import run

        run()
    except KeyboardInterrupt:
        sys.exit(130)
