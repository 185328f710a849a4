"""What is particular about blobs in a local directory; the contract is in tests/conformance/test_blobs.py."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rhapsode.storage.local import LocalBlobs

KEY = "packs/ab/abcdef.pack"

FILL_THE_DISK = """
import sys
from pathlib import Path
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.packs import MediaMeta, PackWriter, verify_pack
from rhapsode.studio.errors import StorageFull

blobs = LocalBlobs(Path(sys.argv[1]) / "blobs")
writer = PackWriter(blobs.temporary_directory(), "workspace", "image")
closed, full = [], None
try:
    for number in range(100):
        writer.append(number.to_bytes(32, "big"), bytes([number]) * 100_000, MediaMeta("image/png"))
        if number % 2:
            closed.append(writer.close(blobs))
except StorageFull as error:
    full = str(error)
print("full:", full)
print("unfinished:", len(list(blobs.temporary_directory().iterdir())))
print("listed is closed:", sorted(k for k, _ in blobs.list_keys("")) == sorted(
    f"packs/{p.pack_id[:2]}/{p.pack_id}.pack" for p in closed))
print("problems:", [verify_pack(blobs, pack.pack_id) for pack in closed])
blobs.delete(next(blobs.list_keys(""))[0])
writer.append(bytes(32), b"small", MediaMeta("image/png"))
print("after a delete:", writer.close(blobs) is not None)
"""


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobs:
    return LocalBlobs(tmp_path / "blobs")


def test_a_blob_is_a_file_named_by_its_key(blobs: LocalBlobs, tmp_path: Path) -> None:
    """A person finds the blob under its key below the root."""
    source = blobs.temporary_directory() / "source"
    source.write_bytes(b"hello")
    blobs.put(KEY, source)

    assert (tmp_path / "blobs" / KEY).read_bytes() == b"hello"
    assert blobs.path(KEY) == tmp_path / "blobs" / KEY


def test_leftovers_are_removed(blobs: LocalBlobs) -> None:
    """Unfinished files of a killed process go, and the directory for new ones stays."""
    for name in ("one.pack", "two.pack"):
        (blobs.temporary_directory() / name).write_bytes(b"unfinished")

    blobs.remove_temporaries()

    assert list(blobs.temporary_directory().iterdir()) == []


def test_files_of_others_are_not_listed(blobs: LocalBlobs, tmp_path: Path) -> None:
    """Files whose names can't be keys don't disturb a listing, and aren't in it."""
    for name in ("README.TXT", ".hidden", "lost+found/file", "packs/.DS_Store", "packs/ok"):
        (tmp_path / "blobs" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "blobs" / name).write_bytes(b"x")

    assert list(blobs.list_keys("")) == [("packs/ok", 1)]


def test_a_full_disk_is_reported_and_left_usable(tmp_path: Path) -> None:
    """Without space writing raises StorageFull, nothing partial stays, and a delete makes room again."""
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("needs unshare to mount a small file system")
    in_small_disk = 'mount -t tmpfs -o size=1500k tmpfs "$1" || exit 77; exec "$2" -c "$3" "$1"'
    ran = subprocess.run(
        [unshare, "-Urm", "sh", "-c", in_small_disk, "sh", tmp_path, sys.executable, FILL_THE_DISK],
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode == 77 or "unshare" in ran.stderr:
        pytest.skip(f"a small file system can't be mounted here: {ran.stderr.strip()}")

    assert ran.stderr == ""
    first, *rest = ran.stdout.splitlines()
    assert first.startswith("full: There is no space left")
    assert rest == [
        "unfinished: 0",
        "listed is closed: True",
        "problems: [[], [], [], [], [], [], []]",
        "after a delete: True",
    ]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit on a file's size")
def test_a_write_that_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    """When the system takes only a part of a segment, the error comes out and no file of it is left."""
    script = """
import resource, sys
from pathlib import Path
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.packs import MediaMeta, PackWriter

resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
blobs = LocalBlobs(Path(sys.argv[1]))
writer = PackWriter(blobs.temporary_directory(), "workspace", "image")
writer.append(bytes(32), bytes(60_000), MediaMeta("image/png"))
try:
    writer.append(bytes([1] * 32), bytes(60_000), MediaMeta("image/png"))
except OSError as error:
    print(error.strerror)
print(writer.size_bytes, writer.close(blobs), [p for p in Path(sys.argv[1]).rglob("*") if p.is_file()])
"""
    ran = subprocess.run(
        [sys.executable, "-c", script, tmp_path], capture_output=True, text=True, check=False
    )

    assert ran.stderr == ""
    assert ran.stdout.splitlines() == ["File too large", "0 None []"]
