"""A process gives up all that a reader of what strangers wrote has no need of: other files, networks, other programs.

Three layers of Linux, each of which may be missing: Landlock keeps files (`landlock`), a filter of system calls keeps
all else (`seccomp`), and a network of its own, where users may have one, keeps sockets once more. What holds here is
told by `guards.find_missing_guards`. All of it is for good, and threads that are started later have it too, so it is
called while there is only one.
"""

import contextlib
import ctypes
import struct
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import rhapsode
from rhapsode.processes.landlock import restrict_files
from rhapsode.processes.limits import Reach
from rhapsode.processes.seccomp import prepare_refusal, refuse_calls

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_CAPABILITIES_VERSION, _DAC_READ_SEARCH = 0x20080522, 1 << 2
_CAPABILITIES = struct.Struct("=6I")
"""Effective, permitted and inheritable, of which the lower 32 bits come first."""
_PACKAGE_FOLDERS = frozenset({"site-packages", "dist-packages"})
_SYSTEM_PATHS = (
    *(
        "/lib",
        "/lib64",
        "/usr/lib",
        "/usr/lib64",
        "/usr/local/lib",
        "/nix/store",
        "/gnu/store",
        "/etc/ld.so.cache",
    ),
    *("/usr/share/zoneinfo", "/etc/localtime", "/etc/mime.types", "/dev/null", "/dev/urandom"),
    # With which pdfium measures the letters of fonts that a PDF doesn't hold.
    *("/usr/share/fonts", "/usr/share/X11/fonts", "/usr/local/share/fonts"),
    # How many processors there are, which numpy and FFmpeg ask.
    *("/sys/devices/system/cpu", "/proc/cpuinfo", "/proc/meminfo"),
)
_REFUSED_EVENTS = frozenset(
    {
        "socket.connect",
        "socket.bind",
        "socket.getaddrinfo",
        "subprocess.Popen",
        "os.exec",
        "os.system",
        "os.posix_spawn",
    }
)


def leave_network() -> bool:
    """Go into a network of one's own, which holds nothing. Returns: whether the kernel lets us.

    Root keeps of its powers that it reads what is others', such as programs and voices in somebody's private folder:
    in a user namespace of its own it couldn't.
    """
    if sys.platform != "linux":
        return False
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        if libc.unshare(_CLONE_NEWNET) == 0:
            return _keep_only_reading(libc)
        return bool(libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0)
    return False


def _keep_only_reading(libc: ctypes.CDLL) -> bool:
    """Give up all capabilities but CAP_DAC_READ_SEARCH. Source: capabilities(7), capset(2)."""
    head = struct.pack("=Ii", _CAPABILITIES_VERSION, 0)
    held = ctypes.create_string_buffer(_CAPABILITIES.size)
    if libc.capget(head, held) != 0:
        return False
    kept = _CAPABILITIES.unpack(held.raw)[1] & _DAC_READ_SEARCH
    return bool(libc.capset(head, _CAPABILITIES.pack(kept, kept, 0, 0, 0, 0)) == 0)


def confine(reach: Reach) -> None:
    """Let this process open nothing but what is in `reach`, and do nothing but compute.

    Code that is loaded late has to be in it (`code_paths`).
    """
    sys.addaudithook(_refuse_events)
    restrict_files(reach.reads, reach.writes)
    refuse_calls()


def confine_forks(reads: Iterable[Path]) -> Callable[[], bool]:
    """Keep this process and its forks from the network, and from files that are neither code nor beneath `reads`.

    Returns: what a fork calls before it touches what strangers wrote, and gives up all but computing with; it says
    whether the kernel does it. To be called while there is one thread.
    """
    leave_network()
    sys.addaudithook(_refuse_events)
    restrict_files((*code_paths(), *reads), ())
    return prepare_refusal()


def only_compute() -> None:
    """Let this process reach no network and start nothing but threads; it may open what files it likes.

    To be called while there is one thread.
    """
    leave_network()
    sys.addaudithook(_refuse_events)
    refuse_calls()


def code_paths() -> list[Path]:
    """Where modules and libraries are that a child may load late: no other files of this machine are there.

    Not to be asked in a child without `site`, which knows of no virtual environment.
    """
    own = Path(rhapsode.__file__).parent
    return [
        *filter(_is_installed, (Path(path) for path in sys.path)),
        own,
        *(Path(path) for path in _SYSTEM_PATHS),
    ]


def _is_installed(path: Path) -> bool:
    """Whether a place of modules holds nothing else, as the folder that a program is started in may."""
    places = Path(sys.prefix, "lib"), Path(sys.base_prefix, "lib")
    return path.name in _PACKAGE_FOLDERS or any(path.is_relative_to(place) for place in places)


def _refuse_events(event: str, _arguments: tuple[Any, ...]) -> None:
    """Refuse in Python what the kernel can't refuse everywhere."""
    if event in _REFUSED_EVENTS:
        msg = f"{event} is not allowed here"
        raise PermissionError(msg)
