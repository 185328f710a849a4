"""Landlock: a process of Linux gives up the files it may open, for good and without being root.

Source: Linux, Documentation/userspace-api/landlock.rst and include/uapi/linux/landlock.h. Interfaces up to the
seventh are known here; a kernel with a later one enforces as much. The package of that name on PyPI is a
prerelease of 2024 that knows the first three.
"""

import ctypes
import os
import stat
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_ASK_VERSION = 1
_RULE_PATH_BENEATH = 1
_RULESET = struct.Struct("QQQ")
_PATH_BENEATH = struct.Struct("=Qi")
_WRITE_FILE, _READ_FILE, _READ_DIRECTORY, _TRUNCATE = 1 << 1, 1 << 2, 1 << 3, 1 << 14
_FILES_OF_VERSION = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}  # how many of the rights, from the lowest bit on
_TCP = 0b11  # to bind and to connect
_NETWORK_VERSION = 4
_SCOPES = 0b11  # abstract sockets of others, and signals to them
_SCOPES_VERSION = 6
_SET_NO_NEW_PRIVILEGES = 38


def restrict_files(reads: Iterable[Path], writes: Iterable[Path]) -> bool:
    """Let this thread, and those it starts, open nothing but what lies beneath `reads`, and files of `writes`.

    Also no TCP, no signals and no abstract sockets where the kernel can. Paths that are missing are passed over.
    Returns: whether the kernel does it. What it doesn't cover: metadata of files (`seccomp` does).
    """
    if sys.platform != "linux":
        return False
    version = _call(_CREATE_RULESET, None, 0, _ASK_VERSION)
    if version < 1:
        return False
    ruleset = _ruleset(version)
    if ruleset < 0:
        return False
    try:
        for path in reads:
            _allow(ruleset, path, _READ_FILE | _READ_DIRECTORY)
        for path in writes:
            _allow(ruleset, path, _READ_FILE | _WRITE_FILE | (_TRUNCATE if version >= 3 else 0))
        return _without_new_privileges() and _call(_RESTRICT_SELF, ruleset, 0) == 0
    finally:
        os.close(ruleset)


def _ruleset(version: int) -> int:
    """The descriptor of a ruleset that handles all that the kernel knows, and so refuses what isn't allowed."""
    files = (1 << _FILES_OF_VERSION[min(version, max(_FILES_OF_VERSION))]) - 1
    network = _TCP if version >= _NETWORK_VERSION else 0
    scopes = _SCOPES if version >= _SCOPES_VERSION else 0
    attributes = _RULESET.pack(files, network, scopes)
    length = len(attributes) if scopes else 16 if network else 8
    return _call(_CREATE_RULESET, attributes, length, 0)


def _allow(ruleset: int, path: Path, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= ~_READ_DIRECTORY
        _call(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, _PATH_BENEATH.pack(rights, descriptor), 0)
    finally:
        os.close(descriptor)


def _without_new_privileges() -> bool:
    return bool(ctypes.CDLL(None).prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0) == 0)


def _call(number: int, *arguments: "int | bytes | None") -> int:
    as_longs = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return int(ctypes.CDLL(None).syscall(ctypes.c_long(number), *as_longs))
