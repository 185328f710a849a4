"""Ways out of the child that reads strangers' files, tried from within, as if its reader had been taken over.

    python -m tests.faults.escapes

Most go round Python, which only guards itself: by system calls. `try_escapes` runs in the child and returns the names
of those that worked; `ENDINGS` are functions for a child each, which must be ended or be no answer.
"""

import contextlib
import ctypes
import json
import mmap
import os
import pickle
import platform
import resource
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from rhapsode.processes import ChildDied, Limits, bytes_from_fork, confine_forks, run_limited
from rhapsode.processes.guards import find_missing_guards

SECRET = "sk-canary-4711"
LIMITS = Limits(memory_bytes=128 * 2**20, cpu_s=1, wall_s=20)

Attempt = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Outside:
    """What there is outside to be reached. tcp, udp: ports of listeners.    local: the path of a socket."""

    process: int
    data: str
    file: str
    tcp: int
    udp: int
    local: str
    abstract: str


class _NotTriedError(Exception):
    """This machine hasn't got the way."""


@contextlib.contextmanager
def outside() -> Iterator[Outside]:
    """A data directory with a secret in it, listeners of all kinds, and this process."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as sockets:
        file = Path(folder, "records.sqlite3")
        file.write_text(SECRET)
        os.environ["ELEVENLABS_API_KEY"] = SECRET
        local, abstract = f"{folder}/socket", f"rhapsode-{os.getpid()}"
        tcp = _listener(sockets, socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0))
        udp = _listener(sockets, socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0))
        _listener(sockets, socket.AF_UNIX, socket.SOCK_STREAM, local)
        _listener(sockets, socket.AF_UNIX, socket.SOCK_STREAM, f"\0{abstract}")
        ports = tcp.getsockname()[1], udp.getsockname()[1]
        try:
            yield Outside(os.getpid(), folder, str(file), *ports, local, abstract)
        finally:
            del os.environ["ELEVENLABS_API_KEY"]


def _listener(sockets: contextlib.ExitStack, family: int, kind: int, address: object) -> socket.socket:
    listener = sockets.enter_context(socket.socket(family, kind))
    listener.bind(address)  # type: ignore[arg-type]
    if kind == socket.SOCK_STREAM:
        listener.listen()
    return listener


def try_escapes(there: Outside) -> tuple[str, ...]:
    """The names of the ways that worked."""
    return worked(attempts(there))


def print_escapes_from_fork() -> None:
    """Read an `Outside` from stdin, and try them in a fork that may only compute, as one that speaks a text does."""
    there = Outside(**json.load(sys.stdin))
    give_up = confine_forks([])

    def names() -> bytes:
        give_up()
        return json.dumps(try_escapes(there)).encode()

    print(bytes_from_fork(names, wall_s=LIMITS.wall_s).decode())


def worked(ways: dict[str, Attempt]) -> tuple[str, ...]:
    """The names of those that work here."""
    return tuple(name for name, attempt in ways.items() if _worked(attempt))


def _worked(attempt: Attempt) -> bool:
    try:
        return attempt() is not False
    except (OSError, _NotTriedError, AttributeError):
        return False


def attempts(there: Outside) -> dict[str, Attempt]:
    """All ways, by what they would do."""
    return {**harmless(there), **_writing(there), **_processes(there), **_system(there)}


def harmless(there: Outside) -> dict[str, Attempt]:
    """Those that change nothing, and may be tried where nothing stands in their way."""
    return {**_files(there), **_network(there)}


def _files(there: Outside) -> dict[str, Attempt]:
    return {
        "read /etc/passwd": lambda: Path("/etc/passwd").read_bytes(),
        "read the data directory": lambda: Path(there.file).read_bytes(),
        "list the data directory": lambda: list(Path(there.data).iterdir()),
        "read a file through /proc/self/root": lambda: Path(f"/proc/self/root{there.file}").read_bytes(),
        "read a file by openat2": lambda: _openat2(there.file),
        "read a file through a symbolic link": lambda: _through_link(there),
        "read this process's first environment": lambda: SECRET in Path("/proc/self/environ").read_text(),
        "find a secret in the environment": lambda: SECRET in " ".join(os.environ.values()),
        "read the parent's environment": lambda: Path(f"/proc/{there.process}/environ").read_bytes(),
        "read the parent's memory as a file": lambda: _opened(Path(f"/proc/{there.process}/mem").open("rb")),
        "use a descriptor that was left open": _foreign_descriptors,
        "open the terminal": lambda: _opened(Path("/dev/tty").open("wb")),
    }


def _writing(there: Outside) -> dict[str, Attempt]:
    return {
        "write into the data directory": lambda: Path(there.data, "new").write_bytes(b"x"),
        "write over a file": lambda: _opened(Path(there.file).open("r+b")),
        "truncate a file": lambda: os.truncate(there.file, 9),
        "write into /tmp": lambda: Path(tempfile.gettempdir(), f"escape-{os.getpid()}").write_bytes(b"x"),
        "write into the working directory": lambda: Path("escaped").write_bytes(b"x"),
        "write into shared memory": lambda: Path("/dev/shm/escape").write_bytes(b"x"),
        "make a folder": lambda: Path(there.data, "folder").mkdir(),
        "make a link": lambda: os.link(there.file, f"{there.file}.link"),
        "change a file's mode": lambda: Path(there.file).chmod(0o777),
        "change a file's times": lambda: os.utime(there.file, (1, 1)),
        "change a file's attributes": lambda: os.setxattr(there.file, "user.x", b"x"),
        "make a device": lambda: os.mknod(f"{there.data}/pipe", stat.S_IFIFO | 0o600),
        "rename a file": lambda: Path(there.file).rename(f"{there.data}/other"),
        "delete a file": lambda: Path(there.data, "other").unlink(),
    }


def _network(there: Outside) -> dict[str, Attempt]:
    return {
        "connect by TCP": lambda: _connected(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", there.tcp)),
        "send by UDP": lambda: _connected(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", there.udp)),
        "connect to a local socket": lambda: _connected(socket.AF_UNIX, socket.SOCK_STREAM, there.local),
        "connect to an abstract socket": lambda: _connected(
            socket.AF_UNIX, socket.SOCK_STREAM, f"\0{there.abstract}"
        ),
        "listen": lambda: _opened(socket.create_server(("127.0.0.1", 0))),
        "open a raw socket": lambda: _opened(socket.socket(socket.AF_PACKET, socket.SOCK_RAW)),
        "ask the kernel by netlink": lambda: _opened(socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)),
        "ask for a name": lambda: socket.getaddrinfo("localhost", 80),
    }


def _processes(there: Outside) -> dict[str, Attempt]:
    return {
        "start a shell": lambda: subprocess.run(["/bin/sh", "-c", "true"], check=True),
        "become a shell": lambda: _call("execve", b"/bin/true", 0, 0) >= 0,
        "run a program out of memory": _run_from_memory,
        "fork": _forked,
        "fork by clone": lambda: _parent_after(_system_call(56, 220, 17, 0, 0, 0, 0)),
        "fork by clone3": lambda: _parent_after(_system_call(435, 435, struct.pack("32xQ24x", 17), 64)),
        "trace the parent": lambda: _call("ptrace", 16, there.process, 0, 0) >= 0,
        "be traced by the parent": lambda: _call("ptrace", 0, 0, 0, 0) >= 0,
        "read the parent's memory": lambda: _system_call(310, 270, there.process, 0, 0, 0, 0, 0) >= 0,
        "signal the parent": lambda: os.kill(there.process, 0),
        "signal the process group": lambda: os.kill(0, 0),
        "signal all": lambda: os.kill(-1, 0),
        "signal a thread of the parent": lambda: _system_call(200, 130, there.process, 0) >= 0,
        "queue a signal for the parent": lambda: (
            _system_call(129, 138, there.process, 10, struct.pack("iii116x", 10, 0, -1)) >= 0
        ),
        "open the parent": lambda: os.pidfd_open(there.process),
        "change the parent's limits": lambda: resource.prlimit(there.process, resource.RLIMIT_NOFILE, (9, 9)),
        "change the parent's priority": lambda: os.setpriority(os.PRIO_PROCESS, there.process, 19),
        "bind the parent to a processor": lambda: os.sched_setaffinity(there.process, {0}),
        "start a thread that isn't confined": lambda: _in_thread(lambda: list(Path(there.data).iterdir())),
    }


def _system(there: Outside) -> dict[str, Attempt]:
    return {
        "do I/O by io_uring": lambda: _system_call(425, 425, 1, bytes(128)) >= 0,
        "go into another namespace": lambda: _call("unshare", 0x10000000) >= 0,
        "mount something": lambda: _call("mount", b"none", there.data.encode(), b"tmpfs", 0, 0) >= 0,
        "change the root": lambda: _call("chroot", there.data.encode()) >= 0,
        "measure the machine": lambda: _system_call(298, 241, struct.pack("II104x", 1, 0), 0, -1, -1, 0) >= 0,
        "handle page faults": lambda: _system_call(323, 282, 0) >= 0,
        "use the key ring": lambda: _system_call(248, 217, b"user", b"x", b"x", 1, -2) >= 0,
        "share memory of System V": lambda: _call("shmget", 0x4711, 4096, 0o1600) >= 0,
        "queue messages of System V": lambda: _call("msgget", 0x4711, 0o1600) >= 0,
        "watch files": lambda: _call("inotify_init1", 0) >= 0,
        "raise its own limits": _raised_limits,
        "open any number of files": _many_descriptors,
        "write a long file in memory": _long_file_in_memory,
    }


def _opened(opened: "IO[bytes] | socket.socket") -> bool:
    opened.close()
    return True


def _call(name: str, *arguments: "int | bytes") -> int:
    result = int(getattr(ctypes.CDLL(None, use_errno=True), name)(*map(_as_long, arguments)))
    if result < 0:
        raise OSError(ctypes.get_errno(), name)
    return result


def _system_call(x86_64: int, arm_64: int | None, *arguments: "int | bytes") -> int:
    number = {"x86_64": x86_64, "aarch64": arm_64}.get(platform.machine())
    if number is None:
        raise _NotTriedError
    return _call("syscall", number, *arguments)


def _as_long(argument: "int | bytes") -> object:
    return ctypes.c_long(argument) if isinstance(argument, int) else argument


def _openat2(path: str) -> int:
    return _system_call(437, 437, -100, path.encode(), struct.pack("QQQ", 0, 0, 0), 24)


def _through_link(there: Outside) -> bytes:
    link = Path(there.data, "a-link")
    link.symlink_to("/etc/passwd")
    return link.read_bytes()


def _foreign_descriptors() -> bool:
    """Whether anything is open but its pipes and /dev/null."""
    kinds = []
    for descriptor in range(256):
        with contextlib.suppress(OSError):
            kinds.append(os.fstat(descriptor).st_mode)
    return len(kinds) > 4 or not all(stat.S_ISFIFO(mode) or stat.S_ISCHR(mode) for mode in kinds)


def _connected(family: int, kind: int, address: object) -> bool:
    with socket.socket(family, kind) as connection:
        connection.settimeout(2)
        connection.connect(address)  # type: ignore[arg-type]
        connection.sendall(SECRET.encode())
    return True


def _run_from_memory() -> bool:
    descriptor = os.memfd_create("program", 0)
    os.write(descriptor, b"#!/bin/true\n")
    return _system_call(322, 281, descriptor, b"", 0, 0, 0x1000) >= 0


def _forked() -> bool:
    return _parent_after(os.fork())


def _parent_after(child: int) -> bool:
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return True


def _in_thread(attempt: Attempt) -> bool:
    worked: list[bool] = []
    thread = threading.Thread(target=lambda: worked.append(_worked(attempt)))
    thread.start()
    thread.join()
    return worked == [True]


def _raised_limits() -> bool:
    try:
        resource.setrlimit(resource.RLIMIT_DATA, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    except ValueError:
        return False
    return True


def _many_descriptors() -> bool:
    opened: list[int] = []
    try:
        while len(opened) < 1_000:
            opened.append(os.dup(0))
    finally:
        for descriptor in opened:
            os.close(descriptor)
    return True


def _long_file_in_memory() -> bool:
    descriptor = os.memfd_create("much")
    try:
        return os.write(descriptor, b"x") > 0
    finally:
        os.close(descriptor)


def take_memory() -> None:
    """Touch more and more."""
    taken = []
    while True:
        taken.append(bytearray(os.urandom(1) * 2**20))


def take_shared_memory() -> None:
    """The same, of a kind that counts as nobody's."""
    taken = []
    while True:
        taken.append(mmap.mmap(-1, 64 * 2**20))
        taken[-1].write(b"x" * 64 * 2**20)


def take_processor() -> None:
    """Compute without end."""
    while True:
        pass


def sleep() -> None:
    """Do nothing, for ever."""
    time.sleep(3600)


def crash() -> None:
    """Read what isn't there."""
    ctypes.string_at(0)


def answer_with_a_program() -> None:
    """Say what runs a shell in whoever reads it as a pickle."""
    os.write(_answers(), pickle.dumps((True, _Program())))
    os._exit(0)


def answer_with_a_changed_class() -> None:
    """Say what changes a class of whoever reads it as a pickle."""
    os.write(_answers(), changing(b"crhapsode.storage.blobs\nStretch\n", (None, {"offset": 0})))
    os._exit(0)


def changing(shared: bytes, state: object) -> bytes:
    """An answer that sets the state of something that it names. shared: what pushes that on the stack of a pickle."""
    build = pickle.dumps(state, protocol=1)[:-1] + pickle.BUILD
    return b"".join([pickle.PROTO, bytes([5]), pickle.NEWTRUE, shared, build, pickle.TUPLE2, pickle.STOP])


class _Program:
    def __reduce__(self) -> tuple[object, ...]:
        return os.system, ("touch " + PROOF,)


PROOF = str(Path(tempfile.gettempdir(), "rhapsode-was-here"))


def answer_without_end() -> None:
    """Say more than anybody can keep."""
    while True:
        os.write(_answers(), bytes(2**20))


def answer_nothing() -> None:
    """End as if all were well."""
    os._exit(0)


def _answers() -> int:
    return next(descriptor for descriptor in range(3, 64) if stat.S_ISFIFO(os.fstat(descriptor).st_mode))


ENDINGS: tuple[Callable[[], None], ...] = (
    *(take_memory, take_shared_memory, take_processor, sleep, crash),
    *(answer_with_a_program, answer_with_a_changed_class, answer_without_end, answer_nothing),
)


def is_ended(ending: Callable[[], None]) -> bool:
    """Whether a child that does this is ended, and its parent unharmed."""
    limits = LIMITS if ending is not sleep else Limits(LIMITS.memory_bytes, LIMITS.cpu_s, wall_s=1)
    try:
        run_limited(ending, limits)
    except (ChildDied, OSError):
        return not Path(PROOF).exists()
    return False


def main() -> int:
    """Try all, and tell which worked."""
    with outside() as there:
        escaped = run_limited(try_escapes, LIMITS, there)
        print(f"{len(escaped)} of {len(attempts(there))} escapes worked", *escaped, sep="\n  ")
    alive = [ending.__name__ for ending in ENDINGS if not is_ended(ending)]
    print(f"{len(alive)} of {len(ENDINGS)} weren't ended", *alive, sep="\n  ")
    print("This machine lets such children:", ", ".join(find_missing_guards()) or "nothing")
    return int(bool(escaped or alive))


if __name__ == "__main__":
    sys.exit(main())
