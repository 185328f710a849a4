"""Writing packs, with real faults from the system at every step."""

import errno
import hashlib
import inspect
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.lacking import lack

from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.pack_writer import PackWriter, close_packs
from rhapsode.storage.packed import AudioMeta, MediaMeta
from rhapsode.storage.packs import list_pack_ids, pack_key, read_index, read_segment, verify_pack
from rhapsode.studio.errors import DataDamaged
from rhapsode.studio.ids import WorkspaceId
from rhapsode.studio.limits import BLOCK_BYTES, MAX_PACK_BYTES, MAX_PACK_OPEN_S

WORKSPACE = WorkspaceId("0MqR6cJ2nXw5b8TzK3vA")
META = AudioMeta(frame_count=80, encoding="mp3_44100_128", speech_key=bytes(32))


class Clock:
    """A clock that a test sets."""

    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobs:
    return LocalBlobs(tmp_path / "blobs")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def writer(blobs: LocalBlobs, clock: Clock) -> Iterator[PackWriter]:
    writer = PackWriter(blobs.temporary_directory(), WORKSPACE, "audio", clock=clock)
    yield writer
    writer.abandon()


def key(number: int) -> bytes:
    return number.to_bytes(32, "big")


def test_a_closed_pack_describes_itself(writer: PackWriter, blobs: LocalBlobs) -> None:
    """A closed pack has its segments in order, each readable where it says, in a file named by its digest."""
    contents = [b"first", os.urandom(2 * BLOCK_BYTES + 1), b""]
    for number, content in enumerate(contents):
        writer.append(key(number), content, META)

    pack = writer.close(blobs)

    assert pack is not None
    file = (blobs.path(f"packs/{pack.pack_id[:2]}/{pack.pack_id}.pack")).read_bytes()
    assert hashlib.sha256(file).hexdigest() == pack.pack_id
    assert len(file) == pack.size_bytes
    assert [segment.key for segment in pack.segments] == [key(0), key(1), key(2)]
    assert [read_segment(blobs, segment.location) for segment in pack.segments] == contents
    assert file[16 : 16 + len(b"".join(contents))] == b"".join(contents)
    assert read_index(blobs, pack.pack_id) == pack


def test_the_same_segments_are_the_same_pack(writer: PackWriter, blobs: LocalBlobs) -> None:
    """Writing the same segments again gives the same file, which is kept once."""
    packs = []
    for _ in range(2):
        writer.append(key(1), b"hello", META)
        packs.append(writer.close(blobs))

    assert packs[0] == packs[1]
    assert len(list(blobs.list_keys(""))) == 1


def test_a_pack_without_segments_is_nothing(writer: PackWriter, blobs: LocalBlobs) -> None:
    """Closing without an append makes no file, before and after a real pack."""
    assert writer.close(blobs) is None
    writer.append(key(1), b"hello", META)
    writer.close(blobs)
    assert writer.close(blobs) is None

    assert len(list(blobs.list_keys(""))) == 1


def test_the_first_bytes_of_a_key_stay(writer: PackWriter, blobs: LocalBlobs) -> None:
    """A key appended again to the open pack is dropped."""
    writer.append(key(1), b"first", META)
    writer.append(key(1), b"later", META)

    pack = writer.close(blobs)

    assert pack is not None
    assert [read_segment(blobs, segment.location) for segment in pack.segments] == [b"first"]


def test_nothing_is_visible_before_the_close(writer: PackWriter, blobs: LocalBlobs) -> None:
    """An open pack is one file in the temporary directory and no blob; abandoned, it is gone."""
    writer.append(key(1), b"hello", META)
    assert len(list(blobs.temporary_directory().iterdir())) == 1
    writer.abandon()
    writer.abandon()

    assert list(blobs.temporary_directory().iterdir()) == []
    assert list(blobs.list_keys("")) == []
    assert writer.close(blobs) is None


def test_a_pack_is_due_by_size(writer: PackWriter, blobs: LocalBlobs) -> None:
    """A pack is due when it has reached its size, and the next one begins at nothing."""
    assert (writer.size_bytes, writer.is_due) == (0, False)
    writer.append(key(1), bytes(MAX_PACK_BYTES - 17), META)
    assert (writer.size_bytes, writer.is_due) == (MAX_PACK_BYTES - 1, False)
    writer.append(key(2), b"x", META)
    assert (writer.size_bytes, writer.is_due) == (MAX_PACK_BYTES, True)
    writer.close(blobs)
    assert (writer.size_bytes, writer.is_due) == (0, False)


def test_a_pack_is_due_by_age(writer: PackWriter, blobs: LocalBlobs, clock: Clock) -> None:
    """A pack is due when its first segment has waited long enough; without one there is no age."""
    clock.now_s += 1_000
    assert (writer.age_s, writer.is_due) == (0.0, False)
    writer.append(key(1), b"hello", META)
    clock.now_s += MAX_PACK_OPEN_S / 2
    writer.append(key(2), b"hello", META)
    assert (writer.age_s, writer.is_due) == (MAX_PACK_OPEN_S / 2, False)
    clock.now_s += MAX_PACK_OPEN_S / 2
    assert (writer.age_s, writer.is_due) == (MAX_PACK_OPEN_S, True)
    writer.close(blobs)
    assert (writer.age_s, writer.is_due) == (0.0, False)


def test_kinds_do_not_mix(writer: PackWriter) -> None:
    """A segment of another kind is refused, and the open pack goes on."""
    writer.append(key(1), b"hello", META)
    size_bytes = writer.size_bytes

    with pytest.raises(TypeError, match="a pack of audio can't hold a segment with MediaMeta"):
        writer.append(key(2), b"hello", MediaMeta("image/png"))
    assert writer.size_bytes == size_bytes


def test_a_file_that_somebody_else_wrote_to_is_not_kept(writer: PackWriter, blobs: LocalBlobs) -> None:
    """When the open file's size isn't what was written, closing raises and no pack appears."""
    writer.append(key(1), b"hello", META)
    (unfinished,) = blobs.temporary_directory().iterdir()
    with unfinished.open("ab") as file:
        file.write(bytes(1_000))

    with pytest.raises(DataDamaged, match="has another size than was written"):
        writer.close(blobs)

    assert list(blobs.temporary_directory().iterdir()) == []
    assert list(blobs.list_keys("")) == []


class Interrupted(LocalBlobs):
    """Fails to give one file its name, the `failing`-th that it is asked for."""

    failing = 0

    def put(self, key: str, source: Path) -> None:
        self.failing -= 1
        if self.failing == 0:
            raise OSError(errno.EIO, "the end")
        super().put(key, source)


@pytest.mark.parametrize("failing", [1, 2, 3])
def test_packs_get_their_names_in_order(tmp_path: Path, failing: int) -> None:
    """Whenever it ends, nothing has its name that is behind something without one: audio leans on its speech."""
    blobs = Interrupted(tmp_path / "blobs")
    blobs.failing = failing
    writers = [PackWriter(blobs.temporary_directory(), WORKSPACE, "audio") for _ in range(3)]
    for number, writer in enumerate(writers):
        writer.append(key(number), os.urandom(1000), META)

    with pytest.raises(OSError, match="the end"):
        close_packs(writers, blobs)
    for writer in writers:
        writer.abandon()

    stored = {
        segment.key for pack_id, _ in list_pack_ids(blobs) for segment in read_index(blobs, pack_id).segments
    }
    assert stored == {key(number) for number in range(failing - 1)}
    assert not list(blobs.temporary_directory().iterdir())


def put_images(root: Path) -> str:
    """Put a pack of three images; its id."""
    blobs = LocalBlobs(root)
    writer = PackWriter(blobs.temporary_directory(), WorkspaceId("workspace"), "image")
    for number in range(3):
        writer.append(bytes([number] * 32), bytes([number] * 50_000), MediaMeta("image/png"))
    pack = writer.close(blobs)
    assert pack is not None
    return pack.pack_id


PUT_IMAGES = f"""
import sys
from pathlib import Path
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.packs import MediaMeta, PackWriter
from rhapsode.studio.ids import WorkspaceId

{inspect.getsource(put_images)}

try:
    answer = "closed " + put_images(Path(sys.argv[1]))
except Exception as error:
    answer = type(error).__name__
print(answer, flush=True)
"""


def traced(root: Path, trace: Path, *options: str) -> subprocess.CompletedProcess[str]:
    strace = shutil.which("strace")
    if strace is None:
        lack("strace, which sees and disturbs system calls, is not installed")
    tracing = [strace, "-y", "-o", str(trace), "-e", "trace=write,fsync,rename,mkdir", *options]
    command = [*tracing, sys.executable, "-c", PUT_IMAGES, str(root)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if "ptrace" in ran.stderr:
        pytest.skip(f"processes can't be traced here: {ran.stderr.strip()}")
    return ran


def test_bytes_are_on_the_disk_before_names(tmp_path: Path) -> None:
    """The file is synced, then renamed, then its directory is synced, and only then is it acknowledged."""
    root = tmp_path / "new" / "blobs"
    ran = traced(root, tmp_path / "trace")
    assert ran.stdout.startswith("closed")

    trace = (tmp_path / "trace").read_text()
    pack_id = ran.stdout.split()[1]
    steps = [
        rf"mkdir\(\"{root.parent}\"",
        rf"fsync\(\d+<{root.parent.parent}>\)",
        rf"mkdir\(\"{root}\"",
        rf"fsync\(\d+<{root.parent}>\)",
        rf"mkdir\(\"{root}/packs/{pack_id[:2]}\"",
        rf"fsync\(\d+<{root}/packs>\)",
        rf"fsync\(\d+<{root}>\)",
        rf"fsync\(\d+<{root}/\.temporary/\w+\.pack>\)",
        rf"rename\(\"{root}/\.temporary/\w+\.pack\", \"{root}/packs/{pack_id[:2]}/{pack_id}\.pack\"",
        rf"fsync\(\d+<{root}/packs/{pack_id[:2]}>\)",
        r"write\(1<.*closed",
    ]
    assert re.search(".*".join(steps), trace, re.DOTALL)
    assert f"<{root}/.temporary" not in re.split(steps[7], trace)[1]


@pytest.mark.slow
@pytest.mark.parametrize("call", ["write", "fsync", "rename", "mkdir"])
@pytest.mark.parametrize(
    ("fault", "answer"), [("error=ENOSPC", "StorageFull"), ("error=EIO", "OSError"), ("signal=KILL", None)]
)
def test_a_fault_at_every_step_loses_nothing(
    tmp_path: Path, call: str, fault: str, answer: str | None
) -> None:
    """Whichever system call fails, or is the last before a kill, only whole packs are seen.

    Every acknowledged one is there, errors have their names and leave no file, and the next attempt succeeds.
    """
    # Other calls aren't stopped at, which halves the time; signals can't be injected so.
    filtered = ["-f", "--seccomp-bpf"] if fault.startswith("error") else []
    point, injected = 0, True
    while injected:
        point += 1
        root = tmp_path / str(point)
        ran = traced(root, tmp_path / "trace", *filtered, "-e", f"inject={call}:{fault}:when={point}")
        injected = ran.returncode != 0 or "INJECTED" in (tmp_path / "trace").read_text()

        blobs = LocalBlobs(root)
        assert [
            problem for pack_id, _ in list_pack_ids(blobs) for problem in verify_pack(blobs, pack_id)
        ] == []
        if ran.stdout.startswith("closed"):
            assert blobs.size_bytes(pack_key(ran.stdout.split()[1])) > 150_000
        elif ran.stdout:
            assert ran.stdout.strip() == answer
            assert list(blobs.temporary_directory().iterdir()) == []
        blobs.remove_temporaries()

        again = put_images(root)
        assert [pack_id for pack_id, _ in list_pack_ids(blobs)] == [again]
    assert point > 1
