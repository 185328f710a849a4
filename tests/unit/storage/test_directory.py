"""The data directory, with real processes that hold it and are killed."""

import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rhapsode.storage.directory import (
    DataDirectory,
    ServerAddress,
    default_data_directory,
    find_server,
)
from rhapsode.studio.errors import DataDirectoryInUse, DataDirectoryRefused, RhapsodeError

pytestmark = pytest.mark.slow

HOLDER = """
import os, sys, time
from pathlib import Path
from rhapsode.storage.directory import DataDirectory

with DataDirectory.open(Path(sys.argv[1]), "serve"):
    if "fork" in sys.argv and os.fork() == 0:
        os.close(1)
        time.sleep(20)
        os._exit(0)
    print("holding", flush=True)
    sys.stdin.readline()
"""

posix = pytest.mark.skipif(os.name == "nt", reason="about POSIX processes and permissions")


@contextmanager
def holder(root: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the directory until it is killed or gets a line."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, root, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "holding\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def test_an_absent_directory_is_made(tmp_path: Path) -> None:
    """Opening makes the directory and its parents, with the format in a file that a person can read."""
    root = tmp_path / "new" / "data"

    with DataDirectory.open(root, "serve") as directory:
        assert directory.root == root
        assert directory.records_path == root / "records.sqlite3"
        assert directory.jobs_path == root / "jobs.sqlite3"
        assert directory.blobs_path == root / "blobs"

    assert (root / "FORMAT").read_text() == "rhapsode data directory, format 1\n"


@posix
def test_a_new_directory_is_private(tmp_path: Path) -> None:
    """Nobody else on the machine can read the books in a new directory."""
    with DataDirectory.open(tmp_path / "data", "serve"):
        assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


def test_a_directory_is_opened_again(tmp_path: Path) -> None:
    """After a close the next command has the directory, with everything in it."""
    with DataDirectory.open(tmp_path / "data", "serve") as directory:
        (directory.blobs_path / "kept").write_bytes(b"x")
    with DataDirectory.open(tmp_path / "data", "convert") as directory:
        assert (directory.blobs_path / "kept").read_bytes() == b"x"


@pytest.mark.parametrize("names", [[], ["lost+found"], ["LOCK"], ["LOCK", "LOCK.owner", "FORMAT.new"]])
def test_a_directory_with_nothing_of_others_is_taken(tmp_path: Path, names: list[str]) -> None:
    """An empty directory, a new file system and what a kill left of a beginning become a data directory."""
    for name in names:
        (tmp_path / name).touch()

    with DataDirectory.open(tmp_path, "serve"):
        assert (tmp_path / "FORMAT").read_text() == "rhapsode data directory, format 1\n"


def refusal(root: Path) -> str:
    with pytest.raises(DataDirectoryRefused) as caught:
        DataDirectory.open(root, "serve")
    return str(caught.value)


def test_a_foreign_directory_is_refused_untouched(tmp_path: Path) -> None:
    """A directory with other files is refused by name, and nothing is written into it."""
    (tmp_path / "letter.odt").touch()

    assert str(tmp_path) in refusal(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.odt"]


@pytest.mark.parametrize(
    "content", [b"", b"something else\n", b"rhapsode data directory, format 0\n", b"\xff" * 500]
)
def test_a_foreign_format_is_refused(tmp_path: Path, content: bytes) -> None:
    """A FORMAT file that isn't ours is refused and left as it was."""
    (tmp_path / "FORMAT").write_bytes(content)

    assert "its file FORMAT says something else" in refusal(tmp_path)
    assert (tmp_path / "FORMAT").read_bytes() == content


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    """A directory of a later version is refused with both numbers, and is free afterwards."""
    (tmp_path / "FORMAT").write_text("rhapsode data directory, format 12\n")

    assert "its format is 12, this version reads format 1." in refusal(tmp_path)
    (tmp_path / "FORMAT").write_text("rhapsode data directory, format 1\n")
    DataDirectory.open(tmp_path, "serve").close()


def test_a_file_in_its_place_is_refused(tmp_path: Path) -> None:
    """A file can't be a data directory, nor can it be above one."""
    (tmp_path / "file").touch()

    assert "can't be used as a data directory" in refusal(tmp_path / "file")
    assert "can't be used as a data directory" in refusal(tmp_path / "file" / "data")


def test_leftovers_are_removed_and_blobs_stay(tmp_path: Path) -> None:
    """Opening removes what a killed command left unfinished, and nothing else."""
    with DataDirectory.open(tmp_path, "serve") as directory:
        blob, unfinished = directory.blobs_path / "packs", directory.blobs_path / ".temporary" / "open.pack"
        blob.write_bytes(b"blob")
        unfinished.write_bytes(b"unfinished")

    with DataDirectory.open(tmp_path, "serve"):
        assert blob.exists()
        assert not unfinished.exists()


def test_one_command_at_a_time(tmp_path: Path) -> None:
    """While one process has the directory, another is told which one; nothing of the first is touched."""
    with holder(tmp_path) as process:
        unfinished = tmp_path / "blobs" / ".temporary" / "open.pack"
        unfinished.write_bytes(b"being written")

        with pytest.raises(DataDirectoryInUse) as caught:
            DataDirectory.open(tmp_path, "convert")

        assert str(caught.value) == (
            f"The data directory {tmp_path} is in use by `rhapsode serve` (process {process.pid})."
        )
        assert caught.value.can_retry
        assert unfinished.exists()


def test_the_same_process_counts_as_another(tmp_path: Path) -> None:
    """A second opening in one process is refused too, and leaves the first one in possession."""
    with DataDirectory.open(tmp_path, "serve"):
        for _ in range(2):
            with pytest.raises(DataDirectoryInUse):
                DataDirectory.open(tmp_path, "convert")


@pytest.mark.parametrize("owner", [None, "", "[]", '{"command": "serve"}', "\x00"])
def test_an_unreadable_owner_is_another_command(tmp_path: Path, owner: str | None) -> None:
    """Without readable words on who has it, the directory is still refused, in a sentence."""
    with DataDirectory.open(tmp_path, "serve"):
        (tmp_path / "LOCK.owner").unlink()
        if owner is not None:
            (tmp_path / "LOCK.owner").write_text(owner)

        with pytest.raises(DataDirectoryInUse, match="is in use by another command"):
            DataDirectory.open(tmp_path, "convert")


def test_a_server_tells_where_it_is(tmp_path: Path) -> None:
    """Others find an announced server, by a file that nobody else can read, until it lets go of the directory."""
    server = ServerAddress("http://127.0.0.1:8000", "token")
    with DataDirectory.open(tmp_path, "serve") as directory:
        assert find_server(tmp_path) is None
        directory.announce(server)
        assert find_server(tmp_path) == server
        assert os.name == "nt" or stat.S_IMODE((tmp_path / "LOCK.owner").stat().st_mode) == 0o600
        with pytest.raises(DataDirectoryInUse, match=f"`rhapsode serve` \\(process {os.getpid()}\\)"):
            DataDirectory.open(tmp_path, "convert")
    assert find_server(tmp_path) is None


def test_a_killed_servers_address_misleads_nobody(tmp_path: Path) -> None:
    """What a server left that couldn't clear up is gone as soon as another command has the directory."""
    DataDirectory.open(tmp_path, "serve").close()
    (tmp_path / "LOCK.owner").write_text(
        '{"command": "serve", "pid": 1, "url": "http://127.0.0.1:1", "token": "t"}'
    )
    (tmp_path / "LOCK.owner.new").write_text("half")

    with DataDirectory.open(tmp_path, "convert"):
        assert find_server(tmp_path) is None


def test_an_ended_command_frees_the_directory(tmp_path: Path) -> None:
    """A command that ends in order leaves no owner behind."""
    with holder(tmp_path) as process:
        process.communicate("end\n", timeout=20)
        assert process.returncode == 0

    assert not (tmp_path / "LOCK.owner").exists()
    DataDirectory.open(tmp_path, "convert").close()


@posix
@pytest.mark.parametrize("arguments", [[], ["fork"]])
def test_a_killed_command_blocks_nobody(tmp_path: Path, arguments: list[str]) -> None:
    """After SIGKILL the directory is free at once, also when a forked child outlives its parent."""
    for _ in range(3):
        with holder(tmp_path, *arguments) as process:
            process.send_signal(signal.SIGKILL)
            process.wait()
            began = time.monotonic()
            with DataDirectory.open(tmp_path, "convert"):
                assert time.monotonic() - began < 10
                owner = json.loads((tmp_path / "LOCK.owner").read_text())
                assert owner == {"command": "convert", "pid": os.getpid()}


@posix
def test_a_fork_that_ends_leaves_the_lock(tmp_path: Path) -> None:
    """A forked child that ends normally doesn't free its parent's directory."""
    script = HOLDER.replace(
        "os.close(1)\n        time.sleep(20)\n        os._exit(0)", "sys.exit(0)"
    ).replace('print("holding"', 'time.sleep(0.3); print("holding"')
    with subprocess.Popen(
        [sys.executable, "-c", script, tmp_path, "fork"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(DataDirectoryInUse):
            DataDirectory.open(tmp_path, "convert")
        process.communicate("end\n")


def test_any_thread_may_close(tmp_path: Path) -> None:
    """A directory opened in one thread is free after another closes it; a second close does nothing."""
    directory = DataDirectory.open(tmp_path, "serve")
    thread = threading.Thread(target=directory.close)
    thread.start()
    thread.join()

    with DataDirectory.open(tmp_path, "convert"):
        directory.close()
        with pytest.raises(DataDirectoryInUse, match="rhapsode convert"):
            DataDirectory.open(tmp_path, "serve")


def test_many_at_once_get_it_one_by_one(tmp_path: Path) -> None:
    """When several threads open an absent directory at once, each has it alone or is told it is in use."""
    inside, most, outcomes = 0, 0, list[str]()
    counting = threading.Lock()

    def take() -> None:
        nonlocal inside, most
        try:
            with DataDirectory.open(tmp_path / "data", "serve"):
                with counting:
                    inside += 1
                    most = max(most, inside)
                time.sleep(0.05)
                with counting:
                    inside -= 1
            outcomes.append("had it")
        except RhapsodeError as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=take) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most == 1
    assert "had it" in outcomes
    assert set(outcomes) <= {"had it", "data_directory_in_use"}


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other places")
def test_the_default_is_where_the_system_keeps_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a choice the data lie in the person's data directory, and asking for it makes nothing."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))

    assert default_data_directory() == tmp_path / "rhapsode"
    assert list(tmp_path.iterdir()) == []
