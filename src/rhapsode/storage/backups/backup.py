"""One backup: which rows and which blobs it is made of, and where all of that is in a target."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from rhapsode.studio.errors import DataDamaged, DataDirectoryRefused

BACKUP_FORMAT = 1
BACKUPS_PREFIX, ROWS_PREFIX = "backups/", "rows/"
BLOB_PREFIXES = ("packs/", "voices/")
_KEY = re.compile(r"backups/([0-9tz.-]+-([0-9a-f]{16}))\.json")
_DIGEST = re.compile("[0-9a-f]{64}")
_BLOB_DIGEST = re.compile(r"(?:packs|voices)/[0-9a-f]{2}/([0-9a-f]{64})(?:\.pack)?")


@dataclass(frozen=True, slots=True)
class StoredBlob:
    """A blob that a backup needs. Its key ends with its SHA-256."""

    key: str
    size_bytes: int

    @property
    def digest(self) -> str:
        """SHA-256 in hex. Raises: DataDamaged, for a key that is no blob's."""
        match = _BLOB_DIGEST.fullmatch(self.key)
        if match is None:
            msg = f"{self.key} isn't the key of a blob."
            raise DataDamaged(msg)
        return match[1]


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup is made of.

    version: of Rhapsode.    revision: of the schema that the rows fit.    created_at_ms: when the records were read.
    rows: SHA-256 of each stretch of rows, in their order.    blobs: those that were there.
    missing: keys of blobs that records spoke of and that were lost or damaged.
    """

    created_at_ms: int
    version: str
    revision: str
    rows: tuple[str, ...]
    blobs: tuple[StoredBlob, ...]
    missing: tuple[str, ...] = ()

    @property
    def keys(self) -> set[str]:
        """The keys of all that it needs in a target."""
        return {rows_key(digest) for digest in self.rows} | {blob.key for blob in self.blobs}


def rows_key(digest: str) -> str:
    """Where a target has a stretch of rows, compressed. digest: of its bytes before that."""
    return f"{ROWS_PREFIX}{digest[:2]}/{digest}.gz"


def backup_to_bytes(backup: Backup) -> tuple[str, bytes]:
    """The id of a backup, which begins with its time, and what is written of it."""
    values = {"format": BACKUP_FORMAT} | asdict(backup)
    values["blobs"] = [[blob.key, blob.size_bytes] for blob in backup.blobs]
    content = json.dumps(values, separators=(",", ":")).encode()
    made_at = datetime.fromtimestamp(backup.created_at_ms / 1000, UTC)
    moment = f"{made_at:%Y-%m-%dt%H-%M-%S}.{backup.created_at_ms % 1000:03}z"
    return f"{moment}-{hashlib.sha256(content).hexdigest()[:16]}", content


def backup_key(backup_id: str) -> str:
    """Where a target says what a backup is made of."""
    return f"{BACKUPS_PREFIX}{backup_id}.json"


def find_backup_id(key: str) -> str | None:
    """The opposite of `backup_key`; None for what is no backup."""
    match = _KEY.fullmatch(key)
    return None if match is None else match[1]


def backup_from_bytes(backup_id: str, content: bytes) -> Backup:
    """The opposite of `backup_to_bytes`.

    Raises: DataDamaged, when these aren't the bytes the id is of, or make no sense; DataDirectoryRefused, for a later
    format.
    """
    if hashlib.sha256(content).hexdigest()[:16] != backup_id[-16:]:
        msg = f"What is said of the backup {backup_id} differs from its checksum."
        raise DataDamaged(msg)
    try:
        return _backup_of(backup_id, json.loads(content))
    except (ArithmeticError, KeyError, RecursionError, TypeError, ValueError) as error:
        msg = f"What is said of the backup {backup_id} isn't what Rhapsode writes."
        raise DataDamaged(msg) from error


def _backup_of(backup_id: str, values: Mapping[str, Any]) -> Backup:
    if values["format"] != BACKUP_FORMAT:
        msg = f"The backup {backup_id} was made by a newer version of Rhapsode."
        raise DataDirectoryRefused(msg)
    blobs = tuple(StoredBlob(key, int(size_bytes)) for key, size_bytes in values["blobs"])
    if not all(map(_BLOB_DIGEST.fullmatch, (blob.key for blob in blobs))):
        raise ValueError
    if not all(map(_DIGEST.fullmatch, values["rows"])):
        raise ValueError
    return Backup(
        created_at_ms=int(values["created_at_ms"]),
        version=str(values["version"]),
        revision=str(values["revision"]),
        rows=tuple(values["rows"]),
        blobs=blobs,
        missing=tuple(map(str, values["missing"])),
    )
