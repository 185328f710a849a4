"""The contract of a blob store: bytes by key, written once and never changed.

A blob is what is too large for a record. Its key names its contents (a digest), so two blobs of one key are
the same bytes, and whoever writes a key that exists has nothing to add.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol, runtime_checkable

from rhapsode.storage.files import OpenFile

MAX_KEY_CHARACTERS = 200
_PART = r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?"
_KEY = re.compile(rf"{_PART}(?:/{_PART})*")


def is_key(key: str) -> bool:
    """Whether every store can keep a blob of this key.

    A key has parts of a-z, 0-9, ".", "_" and "-" joined by "/"; each part begins and ends with a letter or
    digit. So ".." can't leave the store, and stores that don't tell upper from lower case mix up no two keys.
    """
    return len(key) <= MAX_KEY_CHARACTERS and _KEY.fullmatch(key) is not None


def checked_key(key: str) -> str:
    """Return `key` where `is_key` allows it; raise ValueError otherwise."""
    if not is_key(key):
        msg = f"{key!r} can't be the key of a blob"
        raise ValueError(msg)
    return key


class Stretch(NamedTuple):
    """`size_bytes` bytes of a blob, from `offset`."""

    key: str
    offset: int
    size_bytes: int


class Blobs(Protocol):
    """A store of blobs, for any number of threads and processes at once.

    Atomicity: under a key there is either nothing or all the bytes of one `put`, at every moment and after
    every crash.
    Retry: a store that is reached over a network tries again by itself. An error that comes out is final for
    that call; any method may be called again and does no harm.
    Errors: StorageFull where space or quota is used up; BlobMissing and DataDamaged as each method says;
    OSError for all that the system refuses otherwise; ValueError for a key that `checked_key` refuses.
    """

    def put(self, key: str, source: Path) -> None:
        """Take over a finished file from `temporary_directory` and keep its bytes as `key`.

        Durable: when this returns, the blob survives a power failure.
        Idempotent: an existing blob of the same size is kept and the file dropped. One of another size has
        been damaged (keys name contents) and is replaced.
        The file is gone afterwards, also after an error: bytes whose fsync has failed once can't be trusted,
        so the caller writes them again. After an error the key has nothing or the whole blob.
        """

    def put_again(self, key: str, source: Path) -> None:
        """The same for a blob that is known to be damaged or gone: of whatever size it is, it is replaced.

        Whoever reads it meanwhile gets bytes of one of both.
        """

    def read(self, key: str, offset: int, size_bytes: int) -> bytes:
        """Exactly `size_bytes` bytes from `offset`; what they say isn't checked.

        Raises: BlobMissing; DataDamaged when the blob ends earlier, never fewer bytes.
        """

    def read_many(self, stretches: Iterable[Stretch]) -> Iterator[bytes]:
        """The bytes of each stretch, as `read` gives them and in their order.

        A store that is reached over a network reads some stretches ahead, as many as are a few MiB together; so a
        stretch should be no larger than 1 MiB, and `stretches` may be asked for the next one before the last is used.
        Whoever stops early closes the iterator.    Raises: as `read` does, in place of the stretch.
        """

    def open_now(self, key: str) -> OpenFile | None:
        """The file of a blob, for what is read in an event loop and sent by the system; None where there is none."""

    def size_bytes(self, key: str) -> int:
        """The size of a blob. Raises: BlobMissing."""

    def sizes_bytes(self, keys: Sequence[str]) -> list[int]:
        """The size of each blob, for those who look before they read many.

        A store that is reached over a network asks for several at once, and may say what was so a minute ago.
        Raises: BlobMissing, when one is missing.
        """

    def delete(self, key: str) -> None:
        """Remove a blob; an absent one is fine. After a power failure the blob may be back.

        Takes fifteen seconds at most, also where a store doesn't answer: who deletes has excluded others, and the
        database would end a transaction in which nothing happens for longer than twenty.
        """

    def list_keys(self, prefix: str) -> Iterator[tuple[str, int]]:
        """Key and size in bytes of every blob whose key begins with `prefix`, in the order of the keys.

        Blobs that come or go meanwhile may be listed or not; all others are listed once. Unfinished files are
        never listed.
        """

    def path(self, key: str) -> Path | None:
        """The file that holds a blob, for those who hand whole files on; None where the store isn't local.

        The file must not be changed. It need not exist: whoever opens it finds out.
        """

    def temporary_directory(self) -> Path:
        """An existing local directory to write files in that are `put` when finished."""


@runtime_checkable
class AddressedBlobs(Blobs, Protocol):
    """A store whose blobs can be fetched by whoever is told an address, without passing through this process."""

    def put_file(self, key: str, source: Path, *, media_type: str, disposition: str) -> None:
        """Keep a file as `put` does, to be handed out with these values of Content-Type and Content-Disposition."""

    def address_of(self, key: str, *, valid_s: int) -> str:
        """Where a blob is had by GET for so many seconds, without a key; whether it exists isn't asked.

        Raises: OSError, where the store can't sign addresses, as with credentials that may not.
        """
