"""Where the program starts, by its own name or by `python -m rhapsode`."""

import contextlib
import os
import sys
import traceback


def main() -> None:
    """Run the command line and end the process with its exit status."""
    status = _run()
    for stream in (sys.stdout, sys.stderr):
        # A stream that was closed before the start is None.
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.flush()
    # Everything of ours is closed. Threads of the job engine that was stopped in the middle of a conversion may
    # wait for its event loop for ever, and Python would wait for them.
    os._exit(status)


def _run() -> int:
    try:
        # Every child process imports the module it was started from: that must not be the whole program.
        from rhapsode.cli import main as run

        run()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    main()
