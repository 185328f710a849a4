"""Files of voices in both kinds of store: put, found on this machine, checked, and deleted when nobody needs them."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.factories import make_voice
from tests.object_store import ObjectStore, object_store

from rhapsode.storage.blobs import Blobs, Stretch
from rhapsode.storage.check import check_storage
from rhapsode.storage.cleanup import CleanupPolicy, clean_up
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.objects import ObjectBlobs
from rhapsode.storage.records import Records, ensure_workspace
from rhapsode.storage.voice_blobs import want_blob
from rhapsode.storage.voice_files import VoiceFile, find_local_file, is_whole, put_voice_file, voice_file_key
from rhapsode.storage.voices import delete_voice, insert_voice
from rhapsode.studio.errors import BlobMissing, DataDamaged, StorageFull
from rhapsode.studio.ids import VoiceId, WorkspaceId

from .stored import DAY_MS, FOREIGN, WORKSPACE

CONTENT = b"a model" * 300_000


@pytest.fixture(scope="module")
def store() -> Iterator[ObjectStore]:
    """An object store of this machine."""
    with object_store() as running:
        yield running


@pytest.fixture
def objects(store: ObjectStore, tmp_path: Path) -> ObjectBlobs:
    """Blobs in it."""
    return ObjectBlobs(store.new_url(), tmp_path / "data" / "blobs" / ".temporary")


def put(blobs: Blobs, folder: Path, content: bytes = CONTENT) -> VoiceFile:
    """Have a file in the store."""
    source = folder / "model.bin"
    source.write_bytes(content)
    file = VoiceFile(hashlib.sha256(content).hexdigest(), len(content))
    put_voice_file(blobs, source, file)
    assert source.read_bytes() == content
    return file


def keep(records: Records, file: VoiceFile, voice_id: str, workspace_id: WorkspaceId = WORKSPACE) -> None:
    """Have a voice of a file that is in the store."""
    with records.write(workspace_id) as tx:
        ensure_workspace(tx)
        want_blob(tx, file)
        insert_voice(tx, make_voice(voice_id), {"model": file}, is_shared=False, origin=voice_id)


def remove(records: Records, voice_id: str, workspace_id: WorkspaceId = WORKSPACE) -> int:
    """Take it away, and say when."""
    with records.write(workspace_id) as tx:
        assert delete_voice(tx, VoiceId(voice_id))
        return tx.now_ms


def clean(records: Records, blobs: Blobs, now_ms: int) -> None:
    """Clean up as of a moment."""
    clean_up(records, blobs, CleanupPolicy(), now_ms=now_ms)


def is_there(blobs: Blobs, file: VoiceFile) -> bool:
    """Whether the store has a file."""
    return any(blobs.list_keys(voice_file_key(file.digest)))


def test_a_local_file_is_used_where_it_is(blobs: LocalBlobs, tmp_path: Path) -> None:
    """Nothing is copied; a damaged one is replaced when it is put again."""
    file = put(blobs, tmp_path)
    path = find_local_file(blobs, file.digest)

    assert path == blobs.path(voice_file_key(file.digest))
    path.write_bytes(CONTENT[:-1] + b"!")
    assert not is_whole(blobs, file)
    put(blobs, tmp_path)
    assert is_whole(blobs, file)


class Overtaken(LocalBlobs):
    """A store in which somebody else has put a file right after it was looked for, and which is full then."""

    def size_bytes(self, key: str) -> int:
        try:
            return super().size_bytes(key)
        except BlobMissing:
            copy = self.temporary_directory() / "quicker"
            copy.write_bytes(CONTENT)
            super().put(key, copy)
            raise

    def put(self, key: str, source: Path) -> None:
        raise StorageFull


def test_what_somebody_else_has_put_meanwhile_stays(tmp_path: Path) -> None:
    """Another workspace may have been told that its voice of the same file is there."""
    overtaken = Overtaken(tmp_path / "full")
    with pytest.raises(StorageFull):
        put(overtaken, tmp_path)
    assert find_local_file(overtaken, hashlib.sha256(CONTENT).hexdigest()).read_bytes() == CONTENT


def test_a_file_of_an_object_store_is_fetched_once(objects: ObjectBlobs, tmp_path: Path) -> None:
    """What was fetched stays when a start empties the directory of unfinished files, and is asked for no more."""
    file = put(objects, tmp_path)
    path = find_local_file(objects, file.digest)

    assert path.read_bytes() == CONTENT
    LocalBlobs(tmp_path / "data" / "blobs").remove_temporaries()
    objects.delete(voice_file_key(file.digest))
    assert find_local_file(objects, file.digest) == path
    with pytest.raises(BlobMissing):
        find_local_file(objects, "0" * 64)


def test_what_the_store_has_wrong_is_not_kept(objects: ObjectBlobs, tmp_path: Path) -> None:
    """A copy is compared with the digest that it is asked for by."""
    source = objects.temporary_directory() / "other"
    source.write_bytes(CONTENT)
    objects.put(voice_file_key("ab" * 32), source)

    with pytest.raises(DataDamaged, match="isn't what was stored"):
        find_local_file(objects, "ab" * 32)
    folder = objects.temporary_directory().with_name(".voices")
    assert [path.name for path in folder.iterdir() if path.suffix != ".lock"] == []


def test_several_who_want_a_file_fetch_it_once(
    store: ObjectStore, objects: ObjectBlobs, tmp_path: Path
) -> None:
    """Whoever comes later waits for the first one's copy: the lock is the system's, between processes as well."""

    class Counting(ObjectBlobs):
        fetched = 0

        def read_many(self, stretches: Iterable[Stretch]) -> Iterator[bytes]:
            Counting.fetched += 1
            return super().read_many(stretches)

    file = put(objects, tmp_path)
    counting = Counting(*objects.__reduce__()[1])
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: find_local_file(counting, file.digest), range(4)))

    assert (len(set(found)), Counting.fetched) == (1, 1)


def test_copies_that_nobody_has_used_make_room(objects: ObjectBlobs, tmp_path: Path) -> None:
    """The longest unused goes first; what was used within the hour stays."""
    paths = []
    for number, age_s in enumerate((9_000, 5_000, 0)):
        file = put(objects, tmp_path, CONTENT + bytes([number]))
        paths.append(find_local_file(objects, file.digest))
        moment_s = paths[-1].stat().st_mtime - age_s
        os.utime(paths[-1], (moment_s, moment_s))
    room = 3 * len(CONTENT) + 10
    last = put(objects, tmp_path, CONTENT + b"last")

    find_local_file(objects, last.digest, cache_bytes=room)

    assert [path.exists() for path in paths] == [False, True, True]


@pytest.mark.parametrize("kind", ["blobs", "objects"])
def test_files_of_a_removed_voice_go_after_a_day(
    kind: str, request: pytest.FixtureRequest, records: Records, tmp_path: Path
) -> None:
    """Not while another voice is of the same file, in whatever workspace; the name of the voice stays known."""
    blobs: Blobs = request.getfixturevalue(kind)
    file = put(blobs, tmp_path)
    keep(records, file, "first")
    keep(records, file, "second", FOREIGN)
    removed_at_ms = remove(records, "first")

    clean(records, blobs, removed_at_ms + DAY_MS + 1)
    assert is_there(blobs, file)
    remove(records, "second", FOREIGN)
    clean(records, blobs, removed_at_ms + DAY_MS - 60_000)
    assert is_there(blobs, file)
    clean(records, blobs, removed_at_ms + 2 * DAY_MS)
    assert not is_there(blobs, file)


def test_a_file_that_a_kill_has_left_goes_after_a_day(
    records: Records, blobs: LocalBlobs, tmp_path: Path
) -> None:
    """It was wanted, and put, and no voice was ever made of it."""
    file = put(blobs, tmp_path)
    with records.write(WORKSPACE) as tx:
        want_blob(tx, file)
        wanted_at_ms = tx.now_ms

    clean(records, blobs, wanted_at_ms + DAY_MS - 1)
    assert is_there(blobs, file)
    clean(records, blobs, wanted_at_ms + DAY_MS)
    assert not is_there(blobs, file)


def test_a_voice_that_is_installed_again_keeps_its_file(
    records: Records, blobs: LocalBlobs, tmp_path: Path
) -> None:
    """Clean-up has nothing to do with what was removed before that."""
    file = put(blobs, tmp_path)
    keep(records, file, "first")
    removed_at_ms = remove(records, "first")
    keep(records, file, "first")

    clean(records, blobs, removed_at_ms + 9 * DAY_MS)
    assert is_there(blobs, file)


@pytest.mark.parametrize("kind", ["blobs", "objects"])
def test_a_check_reads_the_files_of_voices(
    kind: str, request: pytest.FixtureRequest, records: Records, tmp_path: Path
) -> None:
    """What is missing, cut or changed is named with what installs it again."""
    blobs: Blobs = request.getfixturevalue(kind)
    file = put(blobs, tmp_path)
    keep(records, file, "first")
    keep(records, file, "same")
    assert check_storage(records, blobs).problems == ()

    key = voice_file_key(file.digest)
    for content, words in (
        (CONTENT[:-1] + b"!", "differs from its checksum"),
        (CONTENT[:-1], "is too short"),
    ):
        blobs.delete(key)
        source = blobs.temporary_directory() / "damaged"
        source.write_bytes(content)
        blobs.put(key, source)
        (problem,) = check_storage(records, blobs).problems
        assert problem.startswith(f"The file 'model' of the voice First {words}.")
        assert "rhapsode voices install first" in problem
    blobs.delete(key)
    (problem,) = check_storage(records, blobs).problems
    assert "is missing" in problem
