"""Child processes: the one room that forks, limits, confines and cuts off, with a way round where the system can't.

Nothing here needs POSIX at import. Where `fork` is missing, callers start a process for each unit of work
(`CAN_FORK`); where limits or confinement are missing (`guards`), the wall-clock limit still holds.
"""

from rhapsode.processes.children import deaf_to_interrupts, exit_with_parent
from rhapsode.processes.confinement import confine_forks, only_compute
from rhapsode.processes.ends import ChildDied, ChildFailed, ChildRanOutOfMemory, ChildTookTooLong
from rhapsode.processes.forks import CAN_FORK, bytes_from_fork
from rhapsode.processes.limited import run_limited, run_reaching
from rhapsode.processes.limits import Limits, Reach, limit_own_memory

__all__ = [
    "CAN_FORK",
    "ChildDied",
    "ChildFailed",
    "ChildRanOutOfMemory",
    "ChildTookTooLong",
    "Limits",
    "Reach",
    "bytes_from_fork",
    "confine_forks",
    "deaf_to_interrupts",
    "exit_with_parent",
    "limit_own_memory",
    "only_compute",
    "run_limited",
    "run_reaching",
]
