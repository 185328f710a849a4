"""A process that has imported the program, and becomes a command by copying itself as often as one is wanted.

Started with a socket as its standard input. Each message is a command as JSON, with three open files: its output, its
errors, and one that is told the command's id, and when it has ended its exit status, a line for each.
"""

import gc
import json
import os
import runpy
import socket
import sys
from typing import Any

_MESSAGE_BYTES = 2**18


def main() -> None:
    """Copy this process until nobody wants copies any more."""
    # The folder of this module is no business of the program's.
    sys.path[0] = os.path.dirname(sys.argv[1])  # noqa: PTH120 -- as Python does
    gc.disable()
    _import_program()
    gc.freeze()
    asked = socket.socket(fileno=os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    while True:
        content, files, _, _ = socket.recv_fds(asked, _MESSAGE_BYTES, 3)
        if not content:
            return
        if os.fork() == 0:
            asked.close()
            _attend(json.loads(content), *files)
        for file in files:
            os.close(file)
        _forget_dead()


def _import_program() -> None:
    """What a command imports before it reads its arguments, and a server before it listens."""
    import rhapsode.api.server
    import rhapsode.cli.commands
    import rhapsode.cli.stopping
    import rhapsode.web.documentation.routes
    import rhapsode.web.page
    import rhapsode.web.player  # noqa: F401


def _attend(command: dict[str, Any], output: int, errors: int, told: int) -> None:
    """Have a child be the command, and wait for it: whoever wants to know its end isn't its parent."""
    child_id = os.fork()
    if child_id == 0:
        _become(command, output, errors, told)
    os.close(output)
    os.close(errors)
    _, status = os.waitpid(child_id, 0)
    os.write(told, b"%d\n" % os.waitstatus_to_exitcode(status))
    os._exit(0)


def _become(command: dict[str, Any], output: int, errors: int, told: int) -> None:
    """Run the script, which ends this process."""
    os.setsid()
    os.chdir(command["folder"])
    os.environ.clear()
    os.environ.update(command["environment"])
    os.dup2(output, 1)
    os.dup2(errors, 2)
    os.write(told, b"%d\n" % os.getpid())
    for file in (output, errors, told):
        os.close(file)
    sys.argv = command["arguments"]
    runpy.run_path(sys.argv[0], run_name="__main__")
    os._exit(0)


def _forget_dead() -> None:
    """Wait for children that have ended, so that what they took of the processor is counted as this process's."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


if __name__ == "__main__":
    main()
