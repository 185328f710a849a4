"""Blobs as objects of S3, Google Cloud Storage or Azure: the key is the object's name, behind the address's prefix.

The one module that knows the client. Credentials and endpoints are what it finds in the environment, by the names
that the providers' own tools use.
"""

import contextlib
import re
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import AzureStore, GCSStore, S3Store, from_url

from rhapsode.storage.blobs import Stretch, checked_key
from rhapsode.storage.files import make_directories, translate_full_storage
from rhapsode.storage.read_ahead import in_order
from rhapsode.studio.errors import BlobMissing, DataDamaged, ObjectStoreFailed, StorageFull
from rhapsode.studio.limits import (
    OBJECT_STORE_CONNECT_S,
    OBJECT_STORE_PUT_S,
    OBJECT_STORE_SILENCE_S,
)

if TYPE_CHECKING:
    from obstore.store import ObjectStore

# A pack fits into one request, which the store refuses where the key is taken. What is larger goes in parts.
_ONE_REQUEST_BYTES = 2**24
_PART_BYTES = 2**23
_PARTS_AT_ONCE = 4
_REQUESTS_AT_ONCE = 32
_SIZE_IS_KNOWN_S = 60.0
_SIZES_KNOWN = 100_000
# What is sent in this time over two thirds of a megabit a second, and so may be given up after it.
_QUICK_PUT_BYTES = 2**20
# A store that refuses answers at once: only time ends the attempts.
_RETRY: dict[str, Any] = {
    "max_retries": 100,
    "backoff": {
        "init_backoff": timedelta(seconds=0.1),
        "max_backoff": timedelta(seconds=2),
        "base": 2,
    },
}
# Silence is counted from the first byte that is sent, so a large body needs the time for the whole request instead.
_QUICK = {
    "timeout": timedelta(seconds=OBJECT_STORE_PUT_S),
    "read_timeout": timedelta(seconds=OBJECT_STORE_SILENCE_S),
}
_LARGE = {"timeout": timedelta(seconds=OBJECT_STORE_PUT_S)}
# Of who can't wait: the last request begins before the first time is over, and ends within the second.
_HURRIED_AGAIN_S, _HURRIED = 8, {"timeout": timedelta(seconds=5)}

_ERROR_CODE = re.compile(r"<Code>(\w+)</Code>")
_STATUS = re.compile(r"status code: (\d{3} [A-Z][A-Za-z ]*)")
_AWAY = re.compile(r"HTTP error: |status code: 5\d\d")
_FULL_CODES = {"QuotaExceeded", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "InsufficientStorage"}
_FULL_STATUS = "507"


class ObjectBlobs:
    """The contract `AddressedBlobs` on one bucket or container. Processes that it is sent to connect by themselves.

    url: as in "s3://bucket/prefix".    temporary: a local directory for what isn't finished.
    Raises: ObjectStoreFailed, when the address or what the environment says of it makes no sense.
    """

    def __init__(self, url: str, temporary: Path) -> None:
        self._url = url
        self._temporary = temporary
        self._store = _connect(url, _QUICK, again_s=OBJECT_STORE_SILENCE_S)
        self._large = _connect(url, _LARGE, again_s=OBJECT_STORE_PUT_S)
        self._hurried = _connect_hurried(url)
        self._requests = ThreadPoolExecutor(_REQUESTS_AT_ONCE, thread_name_prefix="objects")
        self._sizes = _KnownSizes()

    def __reduce__(self) -> tuple[type["ObjectBlobs"], tuple[str, Path]]:
        return type(self), (self._url, self._temporary)

    def put(self, key: str, source: Path) -> None:
        """See `Blobs.put`. The store has acknowledged the object when this returns."""
        self._put(checked_key(key), source, {})

    def put_again(self, key: str, source: Path) -> None:
        """See `Blobs.put_again`."""
        try:
            with _translated(checked_key(key), self._url, puts=True):
                self._put_in_parts(key, source, {})
            self._sizes.forget(key)
        finally:
            source.unlink(missing_ok=True)

    def put_file(self, key: str, source: Path, *, media_type: str, disposition: str) -> None:
        """See `AddressedBlobs.put_file`."""
        attributes = {"Content-Type": media_type, "Content-Disposition": disposition}
        self._put(checked_key(key), source, attributes)

    def _put(self, key: str, source: Path, attributes: dict[str, str]) -> None:
        try:
            size_bytes = source.stat().st_size
            content = source.read_bytes() if size_bytes <= _ONE_REQUEST_BYTES else None
            with _translated(key, self._url, puts=True):
                if content is not None:
                    self._put_at_once(key, content, attributes)
                elif self._find_size(key) != size_bytes:
                    self._put_in_parts(key, source, attributes)
        finally:
            source.unlink(missing_ok=True)

    def _put_at_once(self, key: str, content: bytes, attributes: dict[str, str]) -> None:
        """Create the object. Where there is one, it stays, unless it has another size and so is damaged."""
        store = self._store if len(content) <= _QUICK_PUT_BYTES else self._large
        try:
            obstore.put(
                store,
                key,
                content,
                mode="create",
                attributes=_attributes(attributes),
                use_multipart=False,
            )
        except (AlreadyExistsError, NotImplementedError):
            # The second is said where AWS_CONDITIONAL_PUT tells that the store can't create. Then to overwrite does
            # no harm either, as keys name contents.
            if self._find_size(key) != len(content):
                obstore.put(store, key, content, attributes=_attributes(attributes), use_multipart=False)

    def _put_in_parts(self, key: str, source: Path, attributes: dict[str, str]) -> None:
        """Nobody sees any of it before the last part is there and the store has put them together."""
        obstore.put(
            self._large,
            key,
            source,
            attributes=_attributes(attributes),
            use_multipart=True,
            chunk_size=_PART_BYTES,
            max_concurrency=_PARTS_AT_ONCE,
        )

    def read(self, key: str, offset: int, size_bytes: int) -> bytes:
        """See `Blobs.read`."""
        with _translated(checked_key(key), self._url):
            content = self._read(key, offset, size_bytes)
        if len(content) < size_bytes:
            msg = f"The stored file {key} ends before byte {offset + size_bytes}."
            raise DataDamaged(msg)
        return content

    def _read(self, key: str, offset: int, size_bytes: int) -> bytes:
        if size_bytes:
            try:
                return obstore.get_range(self._store, key, start=offset, length=size_bytes).to_bytes()
            except BaseError as error:
                # A range that begins behind the end is refused by each store with an error of its own.
                if _is_away(error) or offset < self._size(key):
                    raise
                return b""
        self._size(key)
        return b""

    def read_many(self, stretches: Iterable[Stretch]) -> Iterator[bytes]:
        """See `Blobs.read_many`."""
        return in_order(self._requests, lambda stretch: self.read(*stretch), stretches)

    def open_now(self, key: str) -> None:  # noqa: ARG002 -- whatever is asked for
        """See `Blobs.open_now`: there are no files."""
        return

    def size_bytes(self, key: str) -> int:
        """See `Blobs.size_bytes`."""
        with _translated(checked_key(key), self._url):
            return self._size(key)

    def _size(self, key: str) -> int:
        return int(obstore.head(self._store, key)["size"])

    def _find_size(self, key: str) -> int | None:
        try:
            return self._size(key)
        except FileNotFoundError:
            return None

    def sizes_bytes(self, keys: Sequence[str]) -> list[int]:
        """See `Blobs.sizes_bytes`."""
        known = self._sizes.find(keys)
        asked = [key for key in keys if key not in known]
        known.update(zip(asked, self._requests.map(self.size_bytes, asked), strict=True))
        self._sizes.learn({key: known[key] for key in asked})
        return [known[key] for key in keys]

    def delete(self, key: str) -> None:
        """See `Blobs.delete`."""
        with _translated(checked_key(key), self._url), contextlib.suppress(FileNotFoundError):
            obstore.delete(self._hurried, key)
        self._sizes.forget(key)

    def list_keys(self, prefix: str) -> Iterator[tuple[str, int]]:
        """See `Blobs.list_keys`. A request for each thousand."""
        folder = prefix.rpartition("/")[0]
        with _translated(prefix, self._url):
            for page in obstore.list(self._store, prefix=folder or None):
                for found in page:
                    if found["path"].startswith(prefix):
                        yield found["path"], int(found["size"])

    def path(self, key: str) -> None:
        """See `Blobs.path`."""
        checked_key(key)

    def temporary_directory(self) -> Path:
        """See `Blobs.temporary_directory`."""
        with translate_full_storage():
            make_directories(self._temporary)
        return self._temporary

    def address_of(self, key: str, *, valid_s: int) -> str:
        """See `AddressedBlobs.address_of`."""
        if not isinstance(self._store, (S3Store, GCSStore, AzureStore)):
            msg = f"The object store {self._url} signs no addresses."
            raise ObjectStoreFailed(msg)
        with _translated(checked_key(key), self._url):
            return obstore.sign(self._store, "GET", key, timedelta(seconds=valid_s))


class _KnownSizes:
    """Sizes that the store has said within the last minute, by key. Thread-safe.

    A download that is read range by range would ask for all of its packs each time.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._said: dict[str, tuple[int, float]] = {}

    def find(self, keys: Iterable[str]) -> dict[str, int]:
        since_s = time.monotonic() - _SIZE_IS_KNOWN_S
        with self._lock:
            said = ((key, self._said.get(key)) for key in keys)
            return {key: known[0] for key, known in said if known is not None and known[1] >= since_s}

    def learn(self, sizes: dict[str, int]) -> None:
        now_s = time.monotonic()
        with self._lock:
            if len(self._said) + len(sizes) > _SIZES_KNOWN:
                self._said.clear()
            self._said.update((key, (size_bytes, now_s)) for key, size_bytes in sizes.items())

    def forget(self, key: str) -> None:
        with self._lock:
            self._said.pop(key, None)


def find_refusal(url: str) -> str | None:
    """Why nothing can be done with a store, in a sentence; None where it answers. Takes some seconds at most."""
    try:
        with _translated("", url):
            # A list, since for a bucket that isn't there all else is answered like for an object that isn't there.
            next(iter(obstore.list(_connect_hurried(url), chunk_size=1)), None)
    except ObjectStoreFailed as error:
        return str(error)
    return None


def _connect(url: str, limits: Mapping[str, timedelta], *, again_s: int) -> "ObjectStore":
    """limits: of each request.    again_s: elapsed seconds in which one that fails is begun again."""
    client = {"allow_http": True, "connect_timeout": timedelta(seconds=OBJECT_STORE_CONNECT_S), **limits}
    retry = {**_RETRY, "retry_timeout": timedelta(seconds=again_s)}
    with _translated("", url):
        options: dict[str, Any] = {"client_options": client, "retry_config": retry}
        return from_url(url, **options)


def _connect_hurried(url: str) -> "ObjectStore":
    return _connect(url, _HURRIED, again_s=_HURRIED_AGAIN_S)


def _attributes(attributes: dict[str, str]) -> Any:
    return attributes or None


@contextlib.contextmanager
def _translated(key: str, url: str, *, puts: bool = False) -> Iterator[None]:
    """Turn the client's errors into those of the contract.

    key: what it is about; "" for the store.    puts: then what is said to be missing is the bucket.
    """
    try:
        yield
    except (FileNotFoundError, BaseError) as error:
        if isinstance(error, FileNotFoundError) and not puts:
            msg = f"The stored file {key} is missing."
            raise BlobMissing(msg) from error
        said = str(error)
        code = _ERROR_CODE.search(said)
        if (code is not None and code[1] in _FULL_CODES) or f"status code: {_FULL_STATUS}" in said:
            msg = f"The object store {url} has no space left for {key}."
            raise StorageFull(msg) from error
        msg = f"The object store {url} can't be used: {_in_short(said)}."
        raise ObjectStoreFailed(msg) from error


def _is_away(error: BaseError) -> bool:
    """Whether a store hasn't answered, or only that it can't: another question would wait as long."""
    return _AWAY.search(str(error)) is not None


def _in_short(said: str) -> str:
    """What the store has answered, or else the client's first line: what follows it is for whoever debugs."""
    status, code = _STATUS.search(said), _ERROR_CODE.search(said)
    if status is not None:
        return f"it answers {status[1].strip()}" + (f" ({code[1]})" if code else "")
    return said.splitlines()[0].rstrip(". ")
