"""The command line."""

import gc
import os
import signal
import sys
from types import FrameType

_INTERRUPTED = 130


def main() -> None:
    """Run the command that the arguments name; Ctrl-C and SIGTERM end it with exit status 130."""
    try:
        # Importing all commands takes half a second, in which Ctrl-C must already be understood.
        signal.signal(signal.SIGINT, _leave)
        # Nothing that is imported is garbage, and looking through it all the time would take a quarter of that.
        gc.disable()
        from rhapsode.cli.commands import run
        from rhapsode.cli.stopping import stopped_by_signals

        gc.freeze()
        gc.enable()
        with stopped_by_signals():
            run()
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)


def _leave(_number: int, _frame: FrameType | None) -> None:
    """End at once, while there is nothing to close yet: modules that are being imported swallow exceptions."""
    os._exit(_INTERRUPTED)
