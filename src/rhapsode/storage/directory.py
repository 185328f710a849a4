"""The data directory: everything Rhapsode keeps, for one command at a time (docs/storage.md)."""

import contextlib
import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType

import filelock
import platformdirs

from rhapsode.storage.files import make_directories, sync_directory, translate_full_storage, write_durably
from rhapsode.storage.local import LocalBlobs
from rhapsode.studio.errors import DataDirectoryInUse, DataDirectoryRefused
from rhapsode.studio.ids import new_id

DIRECTORY_FORMAT = 1
_FORMAT_LINE = "rhapsode data directory, format {}\n"
_FORMAT = re.compile(_FORMAT_LINE.format(r"([1-9][0-9]{0,5})"))
_FORMAT_FILE, _UNFINISHED_FORMAT_FILE = "FORMAT", "FORMAT.new"
_MEMBER_FILE = "MEMBER"
_LOCK_FILE, _OWNER_FILE, _UNFINISHED_OWNER_FILE = "LOCK", "LOCK.owner", "LOCK.owner.new"
_RESTORING_FILE = "RESTORING"
# What may be there without a FORMAT file: a command was killed while it made the directory, or the directory
# is that of a new file system.
_FIRST_FILES = {_UNFINISHED_FORMAT_FILE, _LOCK_FILE, _OWNER_FILE, _UNFINISHED_OWNER_FILE, "lost+found"}
# The system frees the lock of a killed command, once it has taken its memory apart.
_LOCK_WAIT_S = 0.3


def default_data_directory() -> Path:
    """Where this system keeps the data of a person's programs; the directory need not exist."""
    return platformdirs.user_data_path("rhapsode", appauthor=False)


def is_data_directory(path: Path) -> bool:
    """Whether somebody has taken a directory before, of any format."""
    return (path / _FORMAT_FILE).exists()


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Where the server that has a data directory takes orders of other commands, and what they show it.

    url: as in "http://127.0.0.1:8000".    token: known to those who may read the data directory.
    certificate: PEM text, the only one that it may show; None where it speaks no TLS.
    """

    url: str
    token: str
    certificate: str | None = None


def find_server(path: Path) -> ServerAddress | None:
    """The server that announced itself in a data directory; None when its owner is none, or hasn't begun to listen.

    For somebody who was just told that the directory is in use: what a killed server left there is removed by the
    next owner. In the moment before that it is still taken for one of the living, and nobody answers at its address.
    """
    try:
        owner = json.loads((path / _OWNER_FILE).read_text("utf-8"))
        certificate = owner.get("certificate")
        return ServerAddress(
            str(owner["url"]), str(owner["token"]), None if certificate is None else str(certificate)
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


class DataDirectory:
    """A data directory that this process has to itself, until `close` or its end, however it ends."""

    def __init__(self, root: Path, lock: filelock.BaseFileLock) -> None:
        self.root = root
        self._lock = lock

    @property
    def records_path(self) -> Path:
        """The database of the records."""
        return self.root / "records.sqlite3"

    @property
    def jobs_path(self) -> Path:
        """The database of the job engine."""
        return self.root / "jobs.sqlite3"

    @property
    def blobs_path(self) -> Path:
        """The root of the blobs."""
        return self.root / "blobs"

    @property
    def member_id(self) -> str:
        """What the process that has the directory is called among others, the same after each start.

        Raises: StorageFull; OSError.
        """
        path = self.root / _MEMBER_FILE
        with contextlib.suppress(FileNotFoundError):
            return path.read_text("ascii").strip()
        made = new_id()
        write_durably(path, f"{made}\n".encode())
        return made

    @property
    def shared_path(self) -> Path:
        """What says whose records and blobs the process works on that has the directory, if not its own."""
        return self.root / "SHARED"

    @property
    def downloads_path(self) -> Path:
        """What has come of voices that aren't installed yet."""
        return self.root / "downloads"

    @classmethod
    def open(cls, path: Path, command: str, *, restores: bool = False) -> "DataDirectory":
        """Take a data directory; make it when there is none; remove what a killed command left unfinished.

        command: what others are told who want it meanwhile, such as "serve".    restores: see `begin_restore`.
        Raises: DataDirectoryInUse; DataDirectoryRefused when it has a newer format, belongs to something else,
        is half restored or can't be written; StorageFull.
        """
        root = path.absolute()
        try:
            with translate_full_storage():
                return cls._open(root, command, restores=restores)
        except OSError as error:
            msg = f"{root} can't be used as a data directory: {error.strerror} ({error.filename})."
            raise DataDirectoryRefused(msg) from error

    @classmethod
    def _open(cls, root: Path, command: str, *, restores: bool) -> "DataDirectory":
        _refuse_foreign(root)
        make_directories(root, mode=0o700)
        directory = cls(root, _locked(root))
        try:
            _check_format(root)
            if not restores:
                _refuse_half_restored(root)
            LocalBlobs(directory.blobs_path).remove_temporaries()
            # Only words for an error message: a full disk mustn't keep somebody from making room.
            with contextlib.suppress(OSError):
                (root / _OWNER_FILE).unlink(missing_ok=True)
                _write_owner(root, {"command": command})
        except BaseException:
            directory.close()
            raise
        return directory

    def begin_restore(self) -> None:
        """Let nobody have the directory but whoever restores into it, until that has ended.

        Raises: DataDirectoryRefused, when something is stored in it that no restore has brought.
        """
        mark = self.root / _RESTORING_FILE
        if mark.exists():
            return
        has_records = self.records_path.exists() or self.shared_path.exists()
        if has_records or next(LocalBlobs(self.blobs_path).list_keys(""), None):
            msg = f"{self.root} has data already, and a restore would mix the two. Choose an empty directory."
            raise DataDirectoryRefused(msg)
        mark.touch()
        sync_directory(self.root)

    @property
    def restored_backup_id(self) -> str:
        """Of the backup whose rows are on their way into a database, or there; empty before that."""
        return (self.root / _RESTORING_FILE).read_text("utf-8")

    def note_restored_backup(self, backup_id: str) -> None:
        """Remember, until the restore has ended, whose rows a database is about to get. Raises: StorageFull."""
        write_durably(self.root / _RESTORING_FILE, backup_id.encode())

    def end_restore(self) -> None:
        """Let others have the directory again, which has everything now."""
        (self.root / _RESTORING_FILE).unlink()
        sync_directory(self.root)

    def announce(self, server: ServerAddress) -> None:
        """Tell commands that are refused the directory where they can be served instead.

        Raises: StorageFull; DataDirectoryRefused.
        """
        try:
            with translate_full_storage():
                said = {name: value for name, value in asdict(server).items() if value is not None}
                _write_owner(self.root, {"command": "serve"} | said)
        except OSError as error:
            msg = f"{self.root} can't be written: {error.strerror} ({error.filename})."
            raise DataDirectoryRefused(msg) from error

    def close(self) -> None:
        """Let others have the directory. Safe to call twice."""
        if self._lock.is_locked:
            (self.root / _OWNER_FILE).unlink(missing_ok=True)
            self._lock.release()

    def __enter__(self) -> "DataDirectory":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _refuse_foreign(root: Path) -> None:
    """Refuse a directory with files of something else before a single file of ours is among them."""
    names = {entry.name for entry in root.iterdir()} if root.exists() else set()
    if _FORMAT_FILE not in names and not names <= _FIRST_FILES:
        msg = (
            f"{root} isn't a data directory of Rhapsode: it has other files in it. Choose an empty directory."
        )
        raise DataDirectoryRefused(msg)


def _refuse_half_restored(root: Path) -> None:
    if (root / _RESTORING_FILE).exists():
        msg = f"A restore into {root} was broken off. Run `rhapsode restore` again, or delete the directory."
        raise DataDirectoryRefused(msg)


def _locked(root: Path) -> filelock.BaseFileLock:
    # Not per thread, so that any thread may close the directory.
    lock = filelock.FileLock(root / _LOCK_FILE, thread_local=False)
    try:
        lock.acquire(timeout=_LOCK_WAIT_S)
    except filelock.Timeout:
        msg = f"The data directory {root} is in use by {_owner(root)}."
        raise DataDirectoryInUse(msg) from None
    return lock


def _owner(root: Path) -> str:
    try:
        owner = json.loads((root / _OWNER_FILE).read_text("utf-8"))
        return f"`rhapsode {owner['command']}` (process {owner['pid']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another command"


def _write_owner(root: Path, owner: dict[str, str]) -> None:
    """Write the file in one step, readable by nobody else: it may hold a token."""
    unfinished = root / _UNFINISHED_OWNER_FILE
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(json.dumps(owner | {"pid": os.getpid()}) + "\n")
    unfinished.replace(root / _OWNER_FILE)


def _check_format(root: Path) -> None:
    path = root / _FORMAT_FILE
    if not path.exists():
        write_durably(path, _FORMAT_LINE.format(DIRECTORY_FORMAT).encode())
        return
    match = _FORMAT.fullmatch(path.read_bytes()[:100].decode("latin-1"))
    if match is None:
        msg = f"{root} isn't a data directory of Rhapsode: its file FORMAT says something else."
        raise DataDirectoryRefused(msg)
    if int(match[1]) > DIRECTORY_FORMAT:
        msg = (
            f"The data directory {root} was written by a newer version of Rhapsode: its format is "
            f"{match[1]}, this version reads format {DIRECTORY_FORMAT}."
        )
        raise DataDirectoryRefused(msg)
