"""A filter of system calls, with which a process of Linux gives up whatever isn't arithmetic on its own memory.

It refuses what Landlock knows nothing of: sockets of every kind, other programs and processes, signals to others,
their memory, io_uring, metadata of files. Threads, memory, and files as far as Landlock lets them, stay.
Source: Linux, Documentation/userspace-api/seccomp_filter.rst; the numbers are those of asm/unistd_64.h (x86-64)
and asm-generic/unistd.h (64-bit ARM). libseccomp, which would compile this, is on few machines.
"""

import ctypes
import errno
import os
import platform
import struct
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_SET_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER_MODE = 38, 22, 2
_LOAD, _EQUAL, _AT_LEAST, _HAS_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL_PROCESS, _REFUSE = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_CLONE_THREAD = 0x00010000
_CLONE3 = 435
_FIRST_UNKNOWN = 452
"""Calls from here on, also those of the x32 form, came after this was written: as if the kernel hadn't got them."""

_OF_ALL_ARCHITECTURES = (
    *(424, 434, 438),  # pidfd: send_signal, open, getfd
    *range(425, 434),  # io_uring, and the new ways to mount
    *(440, 442, 443, 447, 448),  # process_madvise, mount_setattr, quotactl_fd, memfd_secret, process_mrelease
)


@dataclass(frozen=True, slots=True)
class _Calls:
    """The numbers of an architecture. signals, limits: calls that a process may make for itself alone."""

    architecture: int
    clone: int
    signals: tuple[int, ...]
    limits: int
    refused: tuple[int, ...]


_X86_64 = _Calls(
    architecture=0xC000003E,
    clone=56,
    signals=(62, 200, 234),  # kill, tkill, tgkill
    limits=302,  # prlimit64
    refused=(
        *(57, 58, 59, 322),  # fork, vfork, execve, execveat
        *(*range(41, 51), 53, 288, 299, 307),  # sockets
        *(101, 310, 311, 312, 129, 297),  # ptrace, memory of others, kcmp, queued signals
        *(
            76,
            90,
            91,
            92,
            93,
            94,
            132,
            133,
            188,
            189,
            190,
            197,
            198,
            199,
            235,
            259,
            260,
            261,
            268,
            280,
        ),  # metadata, truncate
        *(
            29,
            30,
            31,
            64,
            65,
            66,
            68,
            69,
            70,
            71,
            220,
            240,
            241,
        ),  # memory, semaphores and messages of System V
        *(165, 166, 155, 161, 272, 308, 303, 304),  # mounts, namespaces, files by handle
        *(141, 142, 144, 203, 251, 256, 279, 314),  # the scheduling of others
        *(248, 249, 250, 253, 294, 298, 300, 301, 321, 323, 135, 172, 173),  # keys, watches, bpf, tracing
        *(
            103,
            153,
            159,
            163,
            164,
            167,
            168,
            169,
            170,
            171,
            175,
            176,
            179,
            212,
            227,
            246,
            305,
            313,
            320,
        ),  # the machine
    ),
)
_ARM_64 = _Calls(
    architecture=0xC00000B7,
    clone=220,
    signals=(129, 130, 131),
    limits=261,
    refused=(
        *(221, 281),
        *(*range(198, 208), 211, 212, 242, 243, 269),
        *(117, 270, 271, 272, 138, 240),
        *(5, 6, 7, 14, 15, 16, 33, 45, 52, 53, 54, 55, 88),
        *(180, 181, *range(186, 198)),
        *(39, 40, 41, 51, 97, 268, 264, 265),
        *(30, 118, 119, 122, 140, 238, 239, 274),
        *(217, 218, 219, 26, 241, 262, 263, 280, 282, 92),
        *(18, 58, 60, 89, 104, 105, 106, 112, 116, 142, 161, 162, 170, 171, 224, 225, 266, 273),
    ),
)
_BY_MACHINE = {"x86_64": _X86_64, "aarch64": _ARM_64}
_Instruction = tuple[int, int, int, int]


def refuse_calls() -> bool:
    """Have the kernel refuse all that this thread, and those it starts, have no need of; for good.

    Returns: whether it does. To be called while there is one thread, of which the others inherit it.
    """
    return prepare_refusal(os.getpid())()


def prepare_refusal(*own_process: int) -> Callable[[], bool]:
    """What does as `refuse_calls`, in as little time as a fork has that lives for milliseconds.

    own_process: which may send itself signals; none where it isn't there yet.
    """
    # Windows takes its time to say what machine it is.
    calls = _BY_MACHINE.get(platform.machine()) if sys.platform == "linux" else None
    if calls is None or struct.calcsize("P") != 8:
        return lambda: False
    prctl = ctypes.CDLL(None).prctl
    program = b"".join(struct.pack("=HBBI", *instruction) for instruction in _program(calls, own_process))
    buffer = ctypes.create_string_buffer(program, len(program))
    head = ctypes.c_char_p(struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer)))

    def refuse(_alive: object = buffer) -> bool:
        return bool(
            prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0) == 0
            and prctl(_SET_SECCOMP, _FILTER_MODE, head, 0, 0) == 0
        )

    return refuse


def _program(calls: _Calls, own_process: tuple[int, ...]) -> Sequence[_Instruction]:
    """Instructions as (code, steps if true, steps if false, operand)."""
    refuse = (_RETURN, 0, 0, _REFUSE | errno.EPERM)
    missing = (_RETURN, 0, 0, _REFUSE | errno.ENOSYS)
    allow = (_RETURN, 0, 0, _ALLOW)
    program: list[_Instruction] = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, calls.architecture),
        (_RETURN, 0, 0, _KILL_PROCESS),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _FIRST_UNKNOWN),
        missing,
        # The C library asks with `clone` when it hears that there is no `clone3`, whose flags a filter can't see.
        (_EQUAL, 0, 1, _CLONE3),
        missing,
        (_EQUAL, 0, 4, calls.clone),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_HAS_BIT, 0, 1, _CLONE_THREAD),
        allow,
        refuse,
    ]
    for number in sorted({*calls.refused, *_OF_ALL_ARCHITECTURES}):
        program += [(_EQUAL, 0, 1, number), refuse]
    # 0 means this process where limits are asked for, and all of its group where signals are sent.
    own = {**dict.fromkeys(calls.signals, own_process), calls.limits: (*own_process, 0)}
    for number, processes in own.items():
        program += [(_EQUAL, 0, 2 * len(processes) + 2, number), (_LOAD, 0, 0, _FIRST_ARGUMENT)]
        for process in processes:
            program += [(_EQUAL, 0, 1, process), allow]
        program.append(refuse)
    return [*program, allow]
