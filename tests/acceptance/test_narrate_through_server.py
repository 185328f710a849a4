"""Commands on a data directory that a server has: the server does the work, and nobody can tell from the result."""

import contextlib
import os
import re
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from elevenlabs.core.api_error import ApiError

from rhapsode.api.known_callers import KEY_MEMORY_S

from .processes import wait_while_running
from .program import TALE, Rhapsode, long_book
from .server import Server, serving
from .stored import look
from .test_commands import PROGRESS
from .test_narrate import png
from .test_stopping import STOPPING

pytestmark = pytest.mark.slow
KEY = "a-key-that-somebody-has-chosen"
GONE = "The server that has the data directory has broken off; what is finished is kept, so run the command again."


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Rhapsode:
    """The program whose data directory `server` has."""
    return Rhapsode(tmp_path_factory.mktemp("host"))


@pytest.fixture(scope="module")
def server(host: Rhapsode) -> Iterator[Server]:
    """A server for tests that neither stop nor damage it."""
    with serving(host, RHAPSODE_API_KEY=KEY) as running:
        yield running
        assert running.stop().exit_status == 0


@pytest.fixture
def rhapsode(tmp_path: Path, host: Rhapsode, server: Server) -> Rhapsode:
    """Commands in a folder of their own, whose data directory the server has."""
    return Rhapsode(tmp_path, elsewhere=host.data)


@pytest.fixture
def alone(host: Rhapsode) -> tuple[str | Path, ...]:
    """The options of a command that has a data directory for itself, which has spoken the same before."""
    return "--data", host.folder / "alone"


@pytest.fixture
def separate(tmp_path: Path) -> Rhapsode:
    """A program without any history, and without a server."""
    return Rhapsode(tmp_path)


def without_time(line: str) -> str:
    """What a narration printed, without how long it took."""
    return re.sub(r" in [\d.]+ s\.$", "", line)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        (
            "tale.md",
            ["--format", "mp3", "--title", "Six [o'clock]", "--author", "I. Wells", "--cover", "cover.png"],
        ),
        ("tale.md", ["--quality", "ultra_lossless", "--chapters", "2"]),
        # Of which something is left out, which is told.
        ("example.epub", ["--exclude", "body", "-o", "audio.zip"]),
    ],
)
def test_the_same_line_and_the_same_bytes(
    rhapsode: Rhapsode, alone: tuple[str | Path, ...], example: Path, name: str, options: list[str]
) -> None:
    """With every option a server makes what the command alone makes, to the byte, and says the same."""
    rhapsode.write("tale.md", TALE)
    shutil.copy(example, rhapsode.folder / "example.epub")
    (rhapsode.folder / "cover.png").write_bytes(png())
    before = set(rhapsode.folder.iterdir())

    through = rhapsode.run("narrate", name, "--voice", "Tone Low", *options)
    (written,) = set(rhapsode.folder.iterdir()) - before
    content = written.read_bytes()
    written.unlink()
    same = rhapsode.run("narrate", name, "--voice", "Tone Low", *options, *alone)

    assert through.exit_status == 0
    assert " spoken in " in through.output
    assert through.errors.startswith("Left out: ") == (name == "example.epub")
    assert without_time(same.output) == without_time(through.output)
    assert (same.exit_status, same.errors) == (0, through.errors)
    assert written.read_bytes() == content


def test_only_an_edit_is_spoken(separate: Rhapsode) -> None:
    """A book narrated alone is the same project through a server, and the other way round."""
    tale = separate.write("tale.md", TALE)
    separate.narrate(tale)
    with serving(separate) as server:
        tale.write_text(TALE.replace("at six", "at seven"), "utf-8")
        assert "; 1 passage spoken in " in separate.narrate(tale)
        server.stop()
    assert "; nothing spoken in " in separate.narrate(tale)


def test_the_same_errors(rhapsode: Rhapsode, alone: tuple[str | Path, ...]) -> None:
    """What is refused alone is refused through a server, with the same sentence and exit status."""
    tale = rhapsode.write("tale.md", TALE)
    for options in (
        ["--chapters", "9"],
        ["--exclude", "body"],
        ["--voice", "tone_low", "--quality", "ultra_lossless", "--format", "mp3"],
        ["--voice", "Alder", "--language", "tlh"],
    ):
        through = rhapsode.run("narrate", tale, *options)
        assert through.error == rhapsode.run("narrate", tale, *options, *alone).error
        assert not list(rhapsode.folder.glob("*.zip"))


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are those of POSIX")
def test_a_terminal_shows_progress(rhapsode: Rhapsode, short_example: Path) -> None:
    """The bar is that of a narration without a server."""
    finished, shown = rhapsode.on_terminal("narrate", short_example, "--voice", "Tone High")

    assert finished.output.startswith("the-lamp-keepers.zip: 7 chapters, ")
    assert re.search(PROGRESS, shown)


@pytest.mark.skipif(sys.platform == "win32", reason="process groups are those of POSIX")
def test_ctrl_c_cancels(rhapsode: Rhapsode, server: Server, alone: tuple[str | Path, ...]) -> None:
    """Ctrl-C ends the command as it does alone; the server drops this book, and keeps what is done of it."""
    book = rhapsode.write("long.md", long_book(30))
    before = rhapsode.packs
    title = ("--title", "Long")
    with rhapsode.start("narrate", book, "--voice", "tone_low", *title) as process:
        wait_while_running(process, lambda: rhapsode.packs != before)
        os.killpg(process.pid, signal.SIGINT)
        output, errors = process.communicate(timeout=60)

    assert (process.returncode, output, errors) == (130, "", STOPPING)
    assert not (rhapsode.folder / "long.zip").exists()
    (project,) = (each for each in server.client(KEY).studio.projects.list().projects if each.name == "Long")
    assert (project.state, project.can_be_downloaded) == ("default", False)

    line = rhapsode.narrate(book, *title)
    spoken = re.search(r"(\d+) passages spoken", line)
    assert spoken is not None
    assert 0 < int(spoken[1]) < 33
    through = (rhapsode.folder / "long.zip").read_bytes()
    rhapsode.narrate(book, *title, *alone)
    assert (rhapsode.folder / "long.zip").read_bytes() == through


def test_a_server_that_goes_is_one_sentence(separate: Rhapsode) -> None:
    """Who was waiting for a server that is killed is told so; the same command, now alone, goes on from there."""
    book = separate.write("long.md", long_book(30))
    with serving(separate) as server, separate.start("narrate", book, "--voice", "tone_low") as process:
        wait_while_running(process, lambda: separate.packs)
        server.kill()
        _, errors = process.communicate(timeout=60)

    assert (process.returncode, errors) == (1, f"Error: {GONE}\n")
    assert server.url in (separate.data / "LOCK.owner").read_text()
    finished = look(separate.data).durable
    separate.narrate(book)
    assert finished
    assert finished <= look(separate.data).durable
    assert (separate.folder / "long.zip").exists()


def test_damage_is_found(separate: Rhapsode) -> None:
    """`check` says and mends the same through a server as alone: a flipped bit, and segments brought back."""
    book = separate.write("long.md", long_book(10))
    with serving(separate) as server:
        separate.narrate(book)
        sound = separate.run("check", "--rebuild")
        assert_damage_never_reaches_an_archive(separate, book)
        assert server.http().get("/health").status_code == 200
        whole = separate.packs[0].read_bytes()
        with flipped(separate.packs[:1], 0.99):
            through = separate.run("check")
            mended = separate.run("check", "--repair")
            assert separate.packs[0].read_bytes() == whole
        with flipped(separate.packs[:1], 0.99):
            server.kill()
            alone = separate.run("check")
            mended_alone = separate.run("check", "--repair")
            assert separate.packs[0].read_bytes() == whole

    assert mended == mended_alone
    assert mended.exit_status == 0
    assert mended.output.startswith("1 segment made again, 1 pack repaired.\n")
    assert sound.exit_status == 0
    assert sound.output.startswith("0 segments brought back from packs.\n")
    assert through.exit_status == 1
    assert separate.packs[0].stem in through.errors
    assert alone == through


def assert_damage_never_reaches_an_archive(rhapsode: Rhapsode, book: Path) -> None:
    """Damage at the beginning or far in ends the writing with an error, and the archive that was there stays."""
    archive = rhapsode.folder / "long.zip"
    before = archive.read_bytes()
    for share in (0.01, 0.75):
        with flipped(rhapsode.packs, share):
            error = rhapsode.run("narrate", book).error
        assert error.startswith("Pack ")
        assert "differ from their checksums" in error
        assert archive.read_bytes() == before
        assert not list(rhapsode.folder.glob(".*"))


@contextlib.contextmanager
def flipped(paths: list[Path], share: float) -> Iterator[None]:
    """One bit of each file is another one, this far in, until the `with` block ends."""
    contents = {path: path.read_bytes() for path in paths}
    for path, content in contents.items():
        damaged = bytearray(content)
        damaged[int(len(content) * share)] ^= 1
        path.write_bytes(damaged)
    try:
        yield
    finally:
        for path, content in contents.items():
            path.write_bytes(content)


def test_keys(rhapsode: Rhapsode, server: Server, alone: tuple[str | Path, ...]) -> None:
    """A key made through a server opens it at once; a revoked one soon opens nothing."""
    made = rhapsode.run("keys", "create", "laptop")
    key = made.output.rpartition("=")[2].strip()
    studio = server.client(key).studio.projects
    studio.list()

    listed = rhapsode.run("keys", "list").output
    (key_id,) = re.findall(r"^ *(\S+) +laptop ", listed, re.MULTILINE)
    assert rhapsode.run("keys", "revoke", key_id).exit_status == 0
    time.sleep(KEY_MEMORY_S)

    with pytest.raises(ApiError) as caught:
        studio.list()
    assert caught.value.status_code == 401
    through = rhapsode.run("keys", "revoke", "nobody").error
    assert rhapsode.run("keys", "create", *alone).exit_status == 0
    assert rhapsode.run("keys", "revoke", "nobody", *alone).error == through
