"""Which store has the blobs of a data directory, and that it stays so.

Packs that aren't found look like packs that were lost, and clean-up deletes what the records of its own directory
don't need. So a directory that keeps its blobs elsewhere remembers where, in its file BLOBS, and a store remembers
which directory it belongs to, in the blob `owner`.
"""

import contextlib
import json
import urllib.request
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from rhapsode.storage.blobs import Blobs
from rhapsode.storage.directory import DataDirectory
from rhapsode.storage.file_systems import refuse_network
from rhapsode.storage.files import move_durably, write_durably
from rhapsode.storage.local import LocalBlobs
from rhapsode.studio.errors import BlobMissing, DataDirectoryRefused, InvalidInput
from rhapsode.studio.ids import new_id

_BLOBS_FILE, _UNFINISHED_BLOBS_FILE = "BLOBS", "BLOBS.new"
_OWNER_KEY = "owner"


@dataclass(frozen=True, slots=True)
class _Place:
    """What the file BLOBS says. directory_id: what the store's `owner` says too."""

    url: str
    directory_id: str


def open_shared_blobs(
    directory: DataDirectory,
    url: str,
    owner_id: str,
    *,
    is_new: bool = False,
    is_in_use: Callable[[], bool] = lambda: False,
) -> Blobs:
    """The blobs of an installation that several processes have, each with a data directory of its own.

    url: as `open_blobs` takes it.    owner_id: what all of them say it belongs to.
    is_new: whether it is to have nothing, unless it belongs to this owner already.
    is_in_use: whether the owner has a store already, so that one without an owner isn't it.
    Raises: DataDirectoryRefused, when it belongs to others; InvalidInput, when the store can't be used or several
    machines can't share it; ObjectStoreFailed; StorageFull.
    """
    if url.startswith("file:"):
        root = _path_of(url)
        refuse_network(root)
        blobs: Blobs = LocalBlobs(root, writer=directory.member_id.lower())
    else:
        blobs = _connect(url, LocalBlobs(directory.blobs_path).temporary_directory)
    found = _find_owner(blobs)
    if found is None:
        _check_free(blobs, url, is_new=is_new, is_in_use=is_in_use)
        found = _ensure_owner(blobs, owner_id)
    if found != owner_id:
        msg = f"{url} has the packs of other records, which would be deleted as if nobody needed them."
        raise DataDirectoryRefused(msg)
    if isinstance(blobs, LocalBlobs):
        blobs.remove_temporaries()
    return blobs


def _check_free(blobs: Blobs, url: str, *, is_new: bool, is_in_use: Callable[[], bool]) -> None:
    """Refuse a store without an owner that it can't be given. Raises: DataDirectoryRefused."""
    if is_new and next(iter(blobs.list_keys("")), None) is not None:
        msg = f"{url} has packs already, which may be somebody's. Choose an empty store."
        raise DataDirectoryRefused(msg)
    if is_in_use():
        # Whoever joined with an address that is mistyped would keep packs that no other member finds.
        msg = (
            f"{url} doesn't have the packs of this installation. Set RHAPSODE_BLOBS_URL to the store that its other "
            "members have."
        )
        raise DataDirectoryRefused(msg)


def open_blobs(directory: DataDirectory, url: str | None) -> Blobs:
    """The blobs of a data directory; to be called before its records are opened for the first time.

    url: of a store elsewhere, as in "s3://bucket/prefix" or "file:///mnt/packs"; None for the directory itself.
    Raises: DataDirectoryRefused, when the directory's blobs are in another store, or the store's in another
    directory; InvalidInput, when the store can't be used; ObjectStoreFailed; StorageFull.
    """
    place = _find_place(directory.root / _BLOBS_FILE)
    if url is None:
        if place is not None:
            msg = f"The packs of {directory.root} are in {place.url}: set RHAPSODE_BLOBS_URL to that."
            raise DataDirectoryRefused(msg)
        return LocalBlobs(directory.blobs_path)
    if place is None and directory.records_path.exists():
        msg = f"The packs of {directory.root} are in the directory itself, and not in {url}."
        raise DataDirectoryRefused(msg)
    blobs = _connect(url, LocalBlobs(directory.blobs_path).temporary_directory)
    if place is None:
        _take(directory.root, blobs, url)
    else:
        _recognize(directory.root, blobs, url, place)
    if isinstance(blobs, LocalBlobs):
        # Not before it is known to belong to this directory: another one may be writing there.
        blobs.remove_temporaries()
    return blobs


def _find_place(path: Path) -> _Place | None:
    try:
        said = json.loads(path.read_text("utf-8"))
        return _Place(str(said["url"]), str(said["directory_id"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        msg = f"{path} can't be understood, which says where the packs of this data directory are."
        raise DataDirectoryRefused(msg) from error


def open_store(place: str, temporary: Path) -> Blobs:
    """A store that belongs to no data directory, and may not be there yet.

    place: the path of a folder, or an address, as in "s3://bucket/prefix".    temporary: where files may be written
    that aren't finished, if the store isn't local.
    Raises: InvalidInput, when the store can't be used.
    """
    return _connect(place, lambda: temporary) if "://" in place else LocalBlobs(Path(place))


def _connect(url: str, find_temporary: Callable[[], Path]) -> Blobs:
    if url.startswith("file:"):
        return LocalBlobs(_path_of(url))
    try:
        from rhapsode.storage.objects import ObjectBlobs, find_refusal
    except ModuleNotFoundError as error:
        msg = f"Packs in {url.partition(':')[0]} need an extra: pip install 'rhapsode[objects]'."
        raise InvalidInput(msg) from error
    refusal = find_refusal(url)
    if refusal is not None:
        raise InvalidInput(refusal)
    return ObjectBlobs(url, find_temporary())


def _path_of(url: str) -> Path:
    return Path(urllib.request.url2pathname(urlsplit(url).path))


def _take(root: Path, blobs: Blobs, url: str) -> None:
    """Let the directory and the store belong to each other. Killed in between, it goes on with the same id."""
    unfinished = root / _UNFINISHED_BLOBS_FILE
    begun = None
    with contextlib.suppress(DataDirectoryRefused):
        begun = _find_place(unfinished)
    place = _Place(url, new_id() if begun is None else begun.directory_id)
    write_durably(unfinished, _written(place))
    owner_id = _ensure_owner(blobs, place.directory_id)
    if owner_id != place.directory_id:
        msg = (
            f"{url} has the packs of another data directory than {root}, and each would delete what the other "
            f"needs. Where that directory is no more, delete the object `{_OWNER_KEY}` there."
        )
        raise DataDirectoryRefused(msg)
    move_durably(unfinished, root / _BLOBS_FILE)


def _recognize(root: Path, blobs: Blobs, url: str, place: _Place) -> None:
    """See that the store is the one that the directory knows, or a copy of it at another address."""
    if _find_owner(blobs) != place.directory_id:
        msg = f"{url} doesn't have the packs of {root}, which were in {place.url}."
        raise DataDirectoryRefused(msg)
    if place.url != url:
        write_durably(root / _BLOBS_FILE, _written(_Place(url, place.directory_id)))


def _ensure_owner(blobs: Blobs, directory_id: str) -> str | None:
    """Whose the store is from now on: of two who ask at once, that of the first."""
    owner_id = _find_owner(blobs)
    if owner_id is not None:
        return owner_id
    source = blobs.temporary_directory() / f"{new_id()}.{_OWNER_KEY}"
    source.write_bytes(directory_id.encode())
    blobs.put(_OWNER_KEY, source)
    return _find_owner(blobs)


def _find_owner(blobs: Blobs) -> str | None:
    try:
        size_bytes = blobs.size_bytes(_OWNER_KEY)
        return blobs.read(_OWNER_KEY, 0, size_bytes).decode("utf-8", "replace")
    except BlobMissing:
        return None


def _written(place: _Place) -> bytes:
    return (json.dumps(asdict(place)) + "\n").encode()
