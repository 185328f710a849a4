"""The data directory: where it is, who owns it, and whether every byte in it is sound."""

import sys
import time
from pathlib import Path

import pytest

from .program import Rhapsode, long_book

# Every test starts the program, which takes longer than most tests elsewhere.
pytestmark = pytest.mark.slow


def test_the_option_goes_before_the_variable(rhapsode: Rhapsode) -> None:
    """--data names the directory, and then the one in RHAPSODE_DATA isn't touched; a new one is all well."""
    assert rhapsode.run("keys", "create", "--data", "here").exit_status == 0
    finished = rhapsode.run("check", "--data", "here")

    assert finished.exit_status == 0
    assert "0 packs with 0 segments (0.0 MB) and 0 snapshots checked: all well." in finished.output
    assert (rhapsode.folder / "here" / "FORMAT").is_file()
    assert not rhapsode.data.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="the place is another one on other systems")
def test_default_is_the_systems_place(rhapsode: Rhapsode) -> None:
    """Without option and variable, also where the variable is empty, it is the user's data directory."""
    place = rhapsode.folder / "share"

    assert rhapsode.run("keys", "create", RHAPSODE_DATA="", XDG_DATA_HOME=str(place)).exit_status == 0

    assert (place / "rhapsode" / "FORMAT").is_file()


@pytest.mark.parametrize(
    "command",
    ["check", "du", "audit", "backup ../b", "retention show", "keys list", "users list", "workspaces list"],
)
def test_a_misspelled_directory_is_not_made(rhapsode: Rhapsode, command: str) -> None:
    """What only looks at a data directory, or changes what is in it, says that there is none."""
    error = rhapsode.run(*command.split()).error

    assert error == f"There is no data directory at {rhapsode.data}."
    assert not rhapsode.data.exists()


def test_second_command_is_told_who_has_the_directory(rhapsode: Rhapsode) -> None:
    """While one command works on a directory another one ends with a sentence that names it."""
    book = rhapsode.write("long.md", long_book(400))
    owner = rhapsode.data / "LOCK.owner"
    with rhapsode.start("narrate", book, "--voice", "tone_low") as first:
        try:
            while not owner.exists():
                assert first.poll() is None
                time.sleep(0.02)
            error = rhapsode.run("check").error
            assert first.poll() is None
        finally:
            first.kill()

    assert (
        error == f"The data directory {rhapsode.data} is in use by `rhapsode narrate` (process {first.pid})."
    )


def test_newer_format_is_refused(rhapsode: Rhapsode) -> None:
    """A directory that a later version wrote is left alone."""
    rhapsode.data.mkdir()
    (rhapsode.data / "FORMAT").write_text("rhapsode data directory, format 2\n")

    error = rhapsode.run("check").error

    assert "was written by a newer version of Rhapsode: its format is 2" in error
    assert not (rhapsode.data / "records.sqlite3").exists()


def test_somebody_elses_folder_is_refused(rhapsode: Rhapsode, tale: Path) -> None:
    """A folder with other files in it doesn't become a data directory."""
    finished = rhapsode.run("narrate", tale, "--data", ".")

    assert "isn't a data directory of Rhapsode" in finished.error
    assert [path.name for path in rhapsode.folder.iterdir()] == ["tale.md"]


def test_a_flipped_bit_is_found(rhapsode: Rhapsode, tale: Path) -> None:
    """`check` names the pack in which one bit has changed; no archive is made of it, and the one there was stays."""
    rhapsode.narrate(tale)
    archive = rhapsode.folder / "tale.zip"
    before = archive.read_bytes()
    sound = rhapsode.run("check")
    assert sound.exit_status == 0
    assert sound.output.startswith(f"{rhapsode.data}: ")
    assert sound.output.endswith(" checked: all well.\n")
    assert sound.errors == ""

    contents = {pack: pack.read_bytes() for pack in rhapsode.packs}
    for pack, content in contents.items():
        pack.write_bytes(flipped(content, len(content) // 2))
        damaged = rhapsode.run("check")
        assert damaged.exit_status == 1
        assert damaged.errors.startswith("Damaged: ")
        assert pack.stem in damaged.errors
        assert not damaged.output.endswith("all well.\n")
        pack.write_bytes(content)

    for pack, content in contents.items():
        pack.write_bytes(flipped(content, 100))
    assert "differ from their checksums" in rhapsode.run("narrate", tale).error
    assert archive.read_bytes() == before
    assert not list(rhapsode.folder.glob(".*"))

    for pack, content in contents.items():
        pack.write_bytes(content)
    assert rhapsode.run("check").exit_status == 0


def flipped(content: bytes, place: int) -> bytes:
    """The same, but for one bit."""
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
