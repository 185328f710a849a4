"""The contract `Blobs`, for every store: whoever adds a store adds it to `STORES`, and nothing else here."""

import os
import pickle
import threading
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from tests.object_store import ObjectStore, object_store

from rhapsode.storage.blobs import Blobs, Stretch, is_key
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.objects import ObjectBlobs
from rhapsode.studio.errors import BlobMissing, DataDamaged


@pytest.fixture(scope="module")
def bucket() -> Iterator[ObjectStore]:
    """A store for all tests of this module."""
    with object_store() as store:
        yield store


def local_blobs(directory: Path, request: pytest.FixtureRequest) -> Blobs:
    return LocalBlobs(directory / "blobs")


def object_blobs(directory: Path, request: pytest.FixtureRequest) -> Blobs:
    bucket: ObjectStore = request.getfixturevalue("bucket")
    return ObjectBlobs(bucket.new_url(), directory / "temporary")


STORES: dict[str, Callable[[Path, pytest.FixtureRequest], Blobs]] = {
    "local": local_blobs,
    "objects": object_blobs,
}

KEY = "packs/ab/abcdef.pack"


@pytest.fixture(params=STORES)
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    return STORES[request.param](tmp_path, request)


def finished_file(blobs: Blobs, content: bytes) -> Path:
    source = blobs.temporary_directory() / os.urandom(8).hex()
    source.write_bytes(content)
    return source


def put(blobs: Blobs, key: str, content: bytes) -> None:
    blobs.put(key, finished_file(blobs, content))


def keys(blobs: Blobs, prefix: str = "") -> list[str]:
    return [key for key, _ in blobs.list_keys(prefix)]


@pytest.mark.parametrize(("offset", "size_bytes"), [(0, 11), (0, 1), (10, 1), (3, 5), (11, 0), (0, 0)])
def test_any_range_is_read_exactly(blobs: Blobs, offset: int, size_bytes: int) -> None:
    """A range inside a blob gives exactly its bytes."""
    put(blobs, KEY, b"hello blobs")

    assert blobs.read(KEY, offset, size_bytes) == b"hello blobs"[offset : offset + size_bytes]


@pytest.mark.parametrize("there", [b"hellO blobs", b"hello", None])
def test_a_damaged_blob_is_replaced(blobs: Blobs, there: bytes | None) -> None:
    """Of the same size too, which `put` leaves alone; and one that is gone comes back."""
    if there is not None:
        put(blobs, KEY, there)
    source = blobs.temporary_directory() / "again"
    source.write_bytes(b"hello blobs")
    blobs.put_again(KEY, source)

    assert blobs.sizes_bytes([KEY]) == [11]
    assert blobs.read(KEY, 0, 11) == b"hello blobs"
    assert not source.exists()


@pytest.mark.parametrize(("offset", "size_bytes"), [(0, 12), (11, 1), (500, 1), (5, 100)])
def test_a_short_read_is_an_error(blobs: Blobs, offset: int, size_bytes: int) -> None:
    """A range that goes beyond the end is damage, and fewer bytes are never returned."""
    put(blobs, KEY, b"hello blobs")

    with pytest.raises(DataDamaged) as caught:
        blobs.read(KEY, offset, size_bytes)
    assert not isinstance(caught.value, BlobMissing)
    assert KEY in str(caught.value)


def test_what_is_read_now_is_what_was_stored(blobs: Blobs) -> None:
    """A store of files gives the bytes without waiting; one that would wait, or hasn't them, says so."""
    put(blobs, KEY, b"hello blobs")
    content = bytearray(5)
    file = blobs.open_now(KEY)
    if file is not None:
        assert file.read_now(6, memoryview(content))
        assert content == b"blobs"
        assert not file.read_now(7, memoryview(content))
    assert blobs.open_now("packs/ab/absent.pack") is None


def test_stretches_come_in_their_order(blobs: Blobs) -> None:
    """Many stretches, of several blobs and of none of their bytes too, are what single reads give."""
    contents = {f"packs/{i}": os.urandom(40_000) for i in range(3)}
    for key, content in contents.items():
        put(blobs, key, content)
    stretches = [Stretch(f"packs/{i % 3}", i * 700, i * 13) for i in range(50)]

    expected = [contents[key][offset : offset + size] for key, offset, size in stretches]
    assert list(blobs.read_many(stretches)) == expected


@pytest.mark.parametrize(
    ("wrong", "error"), [(Stretch(KEY, 8, 4), DataDamaged), (Stretch("packs/none", 0, 1), BlobMissing)]
)
def test_damage_comes_in_its_place(blobs: Blobs, wrong: Stretch, error: type[DataDamaged]) -> None:
    """What is before a stretch that can't be read is handed out, and nothing in its place or behind it."""
    put(blobs, KEY, b"hello blobs")
    read = blobs.read_many([Stretch(KEY, 0, 5), wrong, Stretch(KEY, 6, 5)])

    assert next(read) == b"hello"
    with pytest.raises(error):
        next(read)
    assert list(read) == []


def test_reading_many_may_be_ended_early(blobs: Blobs) -> None:
    """An iterator over more than anybody could read is closed after the first stretch."""
    put(blobs, KEY, b"hello")
    read = blobs.read_many(Stretch(KEY, i % 5, 1) for i in range(10**9))

    assert next(read) == b"h"
    assert isinstance(read, Generator)
    read.close()


def test_several_sizes_are_told_at_once(blobs: Blobs) -> None:
    """Sizes come in the order of the keys, also of one that is asked for twice and of one that has just come."""
    put(blobs, KEY, b"hello")
    put(blobs, "packs/b", b"")

    assert blobs.sizes_bytes([KEY, "packs/b", KEY]) == [5, 0, 5]
    with pytest.raises(BlobMissing):
        blobs.sizes_bytes([KEY, "packs/c"])
    put(blobs, "packs/c", b"c")
    assert blobs.sizes_bytes(["packs/c", KEY]) == [1, 5]
    blobs.delete(KEY)
    with pytest.raises(BlobMissing):
        blobs.sizes_bytes(["packs/c", KEY])


def test_a_store_can_be_sent_to_another_process(blobs: Blobs) -> None:
    """A copy through pickle reads what the original has put, and the other way round."""
    copy: Blobs = pickle.loads(pickle.dumps(blobs))
    put(copy, KEY, b"hello")

    assert blobs.read(KEY, 0, 5) == copy.read(KEY, 0, 5) == b"hello"


def test_a_megabyte_comes_back(blobs: Blobs) -> None:
    """Size and bytes of a blob larger than any buffer are those of the file."""
    content = os.urandom(2**20 + 7)
    put(blobs, KEY, content)

    assert blobs.size_bytes(KEY) == len(content)
    assert blobs.read(KEY, 0, len(content)) == content


def test_an_empty_blob_is_a_blob(blobs: Blobs) -> None:
    """No bytes are bytes too."""
    put(blobs, KEY, b"")

    assert blobs.size_bytes(KEY) == 0
    assert keys(blobs) == [KEY]


def test_put_takes_the_file_over(blobs: Blobs) -> None:
    """After a put nothing is left in the temporary directory."""
    put(blobs, KEY, b"hello")

    assert list(blobs.temporary_directory().iterdir()) == []


@pytest.mark.parametrize("key", [KEY, "packs/ab", "packs", "packs/ab/abcdef.pack/more"])
def test_an_absent_blob_is_missing(blobs: Blobs, key: str) -> None:
    """Reading or measuring what isn't there says so, also for a key that is the beginning of another."""
    put(blobs, "packs/ab/other.pack", b"hello")

    with pytest.raises(BlobMissing):
        blobs.read(key, 0, 1)
    with pytest.raises(BlobMissing):
        blobs.size_bytes(key)


def test_a_second_put_of_the_same_size_changes_nothing(blobs: Blobs) -> None:
    """A blob is written once: the first one stays and the second file is dropped."""
    put(blobs, KEY, b"first")
    put(blobs, KEY, b"other")

    assert blobs.read(KEY, 0, 5) == b"first"
    assert list(blobs.temporary_directory().iterdir()) == []


def test_a_blob_of_another_size_is_mended(blobs: Blobs) -> None:
    """A blob that was cut off is replaced by whoever puts it again."""
    put(blobs, KEY, b"first")
    put(blobs, KEY, b"first and whole")

    assert blobs.read(KEY, 0, 15) == b"first and whole"


def test_a_failed_put_leaves_nothing(blobs: Blobs) -> None:
    """A put of a file that isn't there raises, and no blob appears."""
    with pytest.raises(OSError, match=r"nothing-here"):
        blobs.put(KEY, blobs.temporary_directory() / "nothing-here")

    assert keys(blobs) == []


def test_deleting_removes_one_blob(blobs: Blobs) -> None:
    """A deleted blob is missing, the others stay."""
    put(blobs, KEY, b"hello")
    put(blobs, "packs/ab/other.pack", b"hello")

    blobs.delete(KEY)

    assert keys(blobs) == ["packs/ab/other.pack"]
    with pytest.raises(BlobMissing):
        blobs.read(KEY, 0, 1)


@pytest.mark.parametrize("key", [KEY, "packs", "packs/ab", "packs/ab/other.pack/more"])
def test_deleting_what_is_absent_is_fine(blobs: Blobs, key: str) -> None:
    """Deleting an absent key does nothing, also when it is the beginning of another."""
    put(blobs, "packs/ab/other.pack", b"hello")

    blobs.delete(key)

    assert keys(blobs) == ["packs/ab/other.pack"]


def test_a_deleted_blob_can_be_put_again(blobs: Blobs) -> None:
    """A key is free after a delete."""
    put(blobs, KEY, b"hello")
    blobs.delete(KEY)
    put(blobs, KEY, b"again")

    assert blobs.read(KEY, 0, 5) == b"again"


LISTED = ["a-b/c", "a.pack", "a/b", "a/b-c", "a/b.d", "a/c/d", "a0", "ab/x"]


@pytest.mark.parametrize("prefix", ["", "a", "a/", "a/b", "a/c/", "ab", "a/c/d", "a/c/d/", "b", "a-"])
def test_listing_gives_every_key_of_a_prefix_in_order(blobs: Blobs, prefix: str) -> None:
    """A listing has all keys that begin with the prefix, with their sizes, in the order of the keys."""
    for size_bytes, key in enumerate(reversed(LISTED)):
        put(blobs, key, bytes(size_bytes))

    expected = [(key, len(LISTED) - 1 - i) for i, key in enumerate(LISTED) if key.startswith(prefix)]
    assert list(blobs.list_keys(prefix)) == expected


def test_an_empty_store_lists_nothing(blobs: Blobs) -> None:
    """A store that nothing was put into can be listed."""
    assert keys(blobs) == []


def test_unfinished_files_are_not_listed(blobs: Blobs) -> None:
    """What lies in the temporary directory is no blob."""
    finished_file(blobs, b"not yet")

    assert keys(blobs) == []


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/a",
        "a/",
        "a//b",
        "../a",
        "a/../b",
        "a/..",
        ".a",
        "a/.b",
        "A",
        "a b",
        "a\\b",
        "a\n",
        "ä",
        "a" * 201,
    ],
)
def test_a_bad_key_is_refused(blobs: Blobs, key: str) -> None:
    """Every method refuses a key that could leave the store or mean two things."""
    source = finished_file(blobs, b"hello")

    assert not is_key(key)
    for call in (
        lambda: blobs.put(key, source),
        lambda: blobs.read(key, 0, 0),
        lambda: blobs.size_bytes(key),
        lambda: blobs.delete(key),
        lambda: blobs.path(key),
    ):
        with pytest.raises(ValueError, match="can't be the key"):
            call()


def test_the_path_of_a_blob_holds_its_bytes(blobs: Blobs) -> None:
    """Where a store is local, the path leads to the blob's bytes."""
    put(blobs, KEY, b"hello")

    path = blobs.path(KEY)

    assert path is None or path.read_bytes() == b"hello"


def test_writers_of_one_key_at_once_leave_one_whole_blob(blobs: Blobs) -> None:
    """Readers see nothing or a whole blob while several threads put the same bytes, and no put fails."""
    content = os.urandom(300_000)
    seen: list[bytes] = []
    failures: list[BaseException] = []

    def write() -> None:
        try:
            for _ in range(10):
                put(blobs, KEY, content)
                seen.append(blobs.read(KEY, 0, len(content)))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert set(seen) == {content}
    assert list(blobs.list_keys("")) == [(KEY, len(content))]
