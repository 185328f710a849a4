"""What a process may use of the machine, and what a confined one may reach of its files."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_LIBRARY_BYTES = 2**30
"""Address space beside a child's own memory: numpy, FFmpeg and others map and reserve much that they never touch."""

_OPEN_FILES = 64
_CPU_GRACE_S = 5


@dataclass(frozen=True, slots=True)
class Limits:
    """What a limited child may use. `memory_bytes` is its own memory, `cpu_s` processor time."""

    memory_bytes: int
    cpu_s: int
    wall_s: float


@dataclass(frozen=True, slots=True)
class Reach:
    """The files that a confined child may open beside code. file_bytes: the largest that it may write."""

    reads: tuple[Path, ...] = ()
    writes: tuple[Path, ...] = ()
    file_bytes: int = 0


NOTHING = Reach()


def limit_this_process(limits: Limits, reach: Reach) -> None:
    """Let this process use no more than `limits`, and write no longer files than `reach` says."""
    _set("RLIMIT_DATA", limits.memory_bytes, limits.memory_bytes)
    # What is shared or mapped of files doesn't count as data, and could be as large.
    _set("RLIMIT_AS", limits.memory_bytes + _LIBRARY_BYTES, limits.memory_bytes + _LIBRARY_BYTES)
    # At the soft limit the process ends by a signal that names the reason, at the hard one by SIGKILL.
    _set("RLIMIT_CPU", limits.cpu_s, limits.cpu_s + _CPU_GRACE_S)
    _set("RLIMIT_CORE", 0, 0)
    _set("RLIMIT_FSIZE", reach.file_bytes, reach.file_bytes)
    _set("RLIMIT_NOFILE", _OPEN_FILES, _OPEN_FILES)
    _be_first_to_end()


def limit_own_memory(memory_bytes: int) -> None:
    """Let this process have no more memory of its own, and be the first to end where the machine has none left.

    What is mapped of files or reserved doesn't count: large libraries do a lot of that.
    """
    _set("RLIMIT_DATA", memory_bytes, memory_bytes)
    _set("RLIMIT_CORE", 0, 0)
    _be_first_to_end()


def own_limits() -> Mapping[str, int]:
    """The soft limits of this process that `limit_this_process` sets, by their names; empty where there are none."""
    try:
        import resource
    except ImportError:
        return {}
    names = ("RLIMIT_DATA", "RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_NOFILE")
    return {name: resource.getrlimit(getattr(resource, name))[0] for name in names if hasattr(resource, name)}


def _be_first_to_end() -> None:
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def _set(kind: str, soft: int, hard: int) -> None:
    with contextlib.suppress(ImportError, AttributeError, ValueError, OSError):
        import resource

        resource.setrlimit(getattr(resource, kind), (soft, hard))
