"""Commands on a data directory that a server has: the server does the work, and nobody can tell from the result."""

import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from elevenlabs.core.api_error import ApiError

from rhapsode.api.key_check import KEY_MEMORY_S

from .program import TALE, Rhapsode, long_book
from .server import Server, serving
from .stored import look
from .test_commands import PROGRESS
from .test_narrate import png
from .test_stopping import STOPPING

pytestmark = pytest.mark.slow
KEY = "a-key-that-somebody-has-chosen"
GONE = "The server that has the data directory has broken off; what is finished is kept, so run the command again."


@pytest.fixture
def server(rhapsode: Rhapsode) -> Iterator[Server]:
    """A server that has the data directory."""
    with serving(rhapsode, RHAPSODE_API_KEY=KEY) as running:
        yield running


def without_time(line: str) -> str:
    """What a narration printed, without how long it took."""
    return re.sub(r" in [\d.]+ s\.$", "", line)


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--format", "mp3", "--title", "Six [o'clock]", "--author", "I. Wells", "--cover", "cover.png"],
        ["--quality", "ultra_lossless", "--chapters", "2"],
        ["--exclude", "The Hill", "-o", "audio.zip"],
    ],
)
def test_the_same_line_and_the_same_bytes(rhapsode: Rhapsode, server: Server, options: list[str]) -> None:
    """With every option a server makes what the command alone makes, to the byte, and says the same."""
    tale = rhapsode.write("tale.md", TALE)
    (rhapsode.folder / "cover.png").write_bytes(png())
    before = set(rhapsode.folder.iterdir())

    line = rhapsode.narrate(tale, *options)
    (written,) = set(rhapsode.folder.iterdir()) - before
    content = written.read_bytes()
    written.unlink()

    assert without_time(rhapsode.narrate(tale, *options, "--data", "alone")) == without_time(line)
    assert written.read_bytes() == content


def test_only_an_edit_is_spoken(rhapsode: Rhapsode, tale: Path) -> None:
    """A book narrated alone is the same project through a server, and the other way round."""
    rhapsode.narrate(tale)
    with serving(rhapsode) as server:
        assert "; nothing spoken in " in rhapsode.narrate(tale)
        tale.write_text(TALE.replace("at six", "at seven"), "utf-8")
        assert "; 1 passage spoken in " in rhapsode.narrate(tale)
        server.stop()
    assert "; nothing spoken in " in rhapsode.narrate(tale)


def test_the_same_errors(rhapsode: Rhapsode, server: Server) -> None:
    """What is refused alone is refused through a server, with the same sentence and exit status."""
    picture = rhapsode.write("picture.epub", "no book")
    tale = rhapsode.write("tale.md", TALE)
    for arguments in (
        [picture],
        [tale, "--chapters", "9"],
        [tale, "--exclude", "body"],
        [tale, "--exclude", "nothing like it"],
        [tale, "--voice", "tone_low", "--quality", "ultra_lossless", "--format", "mp3"],
        [tale, "--voice", "Alder", "--language", "tlh"],
    ):
        through = rhapsode.run("narrate", *arguments)
        alone = rhapsode.run("narrate", *arguments, "--data", "alone")
        assert through.error == alone.error
        assert not list(rhapsode.folder.glob("*.zip"))


def test_what_was_left_out_is_said(rhapsode: Rhapsode, server: Server, example: Path) -> None:
    """Notes on the import come through."""
    arguments = ("narrate", example, "--voice", "tone_low")

    through = rhapsode.run(*arguments)

    assert through.errors.startswith("Left out: ")
    assert through.errors == rhapsode.run(*arguments, "--data", "alone").errors


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are those of POSIX")
def test_a_terminal_shows_progress(rhapsode: Rhapsode, server: Server, example: Path) -> None:
    """The bar is that of a narration without a server."""
    finished, shown = rhapsode.on_terminal("narrate", example, "--voice", "Tone Low")

    assert finished.output.startswith("the-lamp-keepers.zip: 7 chapters, ")
    assert re.search(PROGRESS, shown)


@pytest.mark.skipif(sys.platform == "win32", reason="process groups are those of POSIX")
def test_ctrl_c_cancels(rhapsode: Rhapsode, server: Server) -> None:
    """Ctrl-C ends the command as it does alone; the server drops this book, and keeps what is done of it."""
    book = rhapsode.write("long.md", long_book(50))
    studio = server.client(KEY).studio.projects
    with rhapsode.start("narrate", book, "--voice", "tone_low") as process:
        while not list(rhapsode.data.glob("blobs/packs/*/*.pack")):
            assert process.poll() is None
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGINT)
        output, errors = process.communicate(timeout=30)

    assert (process.returncode, output, errors) == (130, "", STOPPING)
    assert not (rhapsode.folder / "long.zip").exists()
    (project,) = studio.list().projects
    assert (project.state, project.can_be_downloaded) == ("default", False)

    line = rhapsode.narrate(book)
    spoken = re.search(r"(\d+) passages spoken", line)
    assert spoken is not None
    assert 0 < int(spoken[1]) < 55
    through = (rhapsode.folder / "long.zip").read_bytes()
    rhapsode.narrate(book, "--data", "alone")
    assert (rhapsode.folder / "long.zip").read_bytes() == through


def test_a_server_that_goes_is_one_sentence(rhapsode: Rhapsode, server: Server) -> None:
    """Who was waiting for a server that is killed is told so; the same command, now alone, goes on from there."""
    book = rhapsode.write("long.md", long_book(60))
    with rhapsode.start("narrate", book, "--voice", "tone_low") as process:
        while not list(rhapsode.data.glob("blobs/packs/*/*.pack")):
            assert process.poll() is None
            time.sleep(0.02)
        server.kill()
        _, errors = process.communicate(timeout=30)

    assert (process.returncode, errors) == (1, f"Error: {GONE}\n")
    assert server.url in (rhapsode.data / "LOCK.owner").read_text()
    finished = look(rhapsode.data).durable
    rhapsode.narrate(book)
    assert finished
    assert finished <= look(rhapsode.data).durable
    assert (rhapsode.folder / "long.zip").exists()


def test_check(rhapsode: Rhapsode, server: Server) -> None:
    """`check` says the same through a server as alone, also of a flipped bit, and of segments brought back."""
    tale = rhapsode.write("tale.md", TALE)
    rhapsode.narrate(tale)
    (pack, *_) = sorted(rhapsode.data.glob("blobs/packs/*/*.pack"))
    content = pack.read_bytes()

    sound = rhapsode.run("check", "--rebuild")
    pack.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    damaged = rhapsode.run("check")
    server.stop()

    assert sound.exit_status == 0
    assert sound.output.startswith("0 segments brought back from packs.\n")
    assert damaged.exit_status == 1
    assert pack.stem in damaged.errors
    assert rhapsode.run("check") == damaged


@pytest.mark.parametrize("share", [0.01, 0.75])
def test_damaged_audio_never_reaches_an_archive(rhapsode: Rhapsode, server: Server, share: float) -> None:
    """Damage at the beginning or far in ends the writing with an error, and the archive that was there stays."""
    book = rhapsode.write("long.md", long_book(20))
    rhapsode.narrate(book)
    archive = rhapsode.folder / "long.zip"
    before = archive.read_bytes()
    for pack in rhapsode.data.glob("blobs/packs/*/*.pack"):
        content = bytearray(pack.read_bytes())
        content[int(len(content) * share)] ^= 1
        pack.write_bytes(content)

    error = rhapsode.run("narrate", book).error

    assert error.startswith("Pack ")
    assert "differ from their checksums" in error
    assert archive.read_bytes() == before
    assert not list(rhapsode.folder.glob(".*"))
    assert server.http().get("/health").status_code == 200


def test_keys(rhapsode: Rhapsode, server: Server) -> None:
    """A key made through a server opens it at once; a revoked one soon opens nothing."""
    made = rhapsode.run("keys", "create", "laptop")
    key = made.output.rpartition("=")[2].strip()
    studio = server.client(key).studio.projects
    assert studio.list().projects == []

    listed = rhapsode.run("keys", "list").output
    (key_id,) = re.findall(r"^ *(\S+) +laptop ", listed, re.MULTILINE)
    assert rhapsode.run("keys", "revoke", key_id).exit_status == 0
    time.sleep(KEY_MEMORY_S)

    with pytest.raises(ApiError) as caught:
        studio.list()
    assert caught.value.status_code == 401
    through = rhapsode.run("keys", "revoke", "nobody").error
    server.stop()
    assert rhapsode.run("keys", "revoke", "nobody").error == through
