"""`rhapsode batch --server`: a folder of books, narrated by a server on another machine over the public API."""

import csv
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import typer
from tests.loopback import always, answering, reply

from rhapsode.cli.batch.command import batch
from rhapsode.cli.batch.fetching import fetch
from rhapsode.cli.batch.wire import Wire
from rhapsode.cli.stopping import Stopped
from rhapsode.studio.errors import InvalidInput, ServerGone, UnknownVoice

from .losing import Way, losing
from .running import LiveServer

TALE = "# The Harbour\n\nThe boat came in at six.\n"
_PROJECTS = "/v1/studio/projects"


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """Two books of one name, and a file that is none."""
    folder = tmp_path / "shelf"
    (folder / "Nörd & Süd").mkdir(parents=True)
    (folder / "tides.md").write_text(TALE, "utf-8")
    (folder / "Nörd & Süd" / "tides.md").write_text(TALE.replace("six", "seven"), "utf-8")
    (folder / "broken.pdf").write_bytes(b"no PDF")
    return folder


@pytest.fixture
def way(server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Way]:
    """A way to the server, for whoever has the key in the environment."""
    monkeypatch.setenv("RHAPSODE_API_KEY", server.key)
    with losing(server.url) as found:
        yield found


def narrate(shelf: Path, way: Way, **options: object) -> int:
    """Run the command; its exit status."""
    with pytest.raises(typer.Exit) as caught:
        batch(shelf, server=way.url, **{"voice": "Tone Low"} | options)  # type: ignore[arg-type]
    return caught.value.exit_code


def rows(shelf: Path) -> dict[str, dict[str, str]]:
    """What books.csv says of each file."""
    with (shelf / "narrated" / "books.csv").open(encoding="utf-8", newline="") as file:
        return {row["file"]: row for row in csv.DictReader(file)}


def audio(shelf: Path, name: str) -> bytes:
    """The one chapter in an archive, which has to be sound."""
    with zipfile.ZipFile(shelf / "narrated" / name) as archive:
        (entry,) = archive.namelist()
        return archive.read(entry)


def test_books_survive_a_bad_way(shelf: Path, way: Way, http: httpx.Client) -> None:
    """Lost requests, lost answers and cut downloads cost nothing but time: every project is made once."""
    way.losses = {
        ("POST", _PROJECTS): ["answer", "request"],
        ("POST", "/convert"): ["request", "answer"],
        ("GET", "/archive"): [1_000, "request", 5_000],
    }

    assert narrate(shelf, way) == 1

    told = rows(shelf)
    assert [row["state"] for row in told.values()] == ["done", "failed", "done"]
    assert told["broken.pdf"]["why"] == "The file is named .pdf but isn't a PDF. Get a fresh copy of it."
    assert told["tides.md"]["title"] == "The Harbour"
    assert len(http.get(_PROJECTS).json()["projects"]) == 2
    assert not any(way.losses.values())
    assert any(asked[2] == "bytes=1000-" for asked in way.asked)
    assert audio(shelf, "tides.zip") != audio(shelf, "Nörd & Süd/tides.zip")


def test_an_edit_changes_its_project(shelf: Path, way: Way, http: httpx.Client) -> None:
    """What hasn't changed isn't asked for again; what has stays the same project, or is another one by its voice."""
    (shelf / "broken.pdf").unlink()
    narrate(shelf, way)
    first = {name: audio(shelf, name) for name in ("tides.zip", "Nörd & Süd/tides.zip")}
    (shelf / "narrated" / "tides.zip").unlink()
    # A moment later this is the same conversion again, which leaves no other snapshot.
    assert narrate(shelf, way) == 0
    assert audio(shelf, "tides.zip") == first["tides.zip"]
    (shelf / "tides.md").write_text(TALE.replace("six", "eight"), "utf-8")

    assert narrate(shelf, way) == 0
    assert [row["state"] for row in rows(shelf).values()] == ["skipped", "done"]
    assert audio(shelf, "tides.zip") != first["tides.zip"]
    assert audio(shelf, "Nörd & Süd/tides.zip") == first["Nörd & Süd/tides.zip"]
    assert len(http.get(_PROJECTS).json()["projects"]) == 2

    (shelf / "said.csv").write_text("file,voice,title\ntides.md,tone high,High Tides\n", "utf-8")
    assert narrate(shelf, way, metadata=shelf / "said.csv") == 0
    assert rows(shelf)["tides.md"]["title"] == "High Tides"
    assert len(http.get(_PROJECTS).json()["projects"]) == 3


def test_a_download_goes_on_after_a_kill(
    shelf: Path, way: Way, http: httpx.Client, server: LiveServer
) -> None:
    """What had come is asked for no more, unless it isn't what it should be."""
    (shelf / "broken.pdf").unlink()
    narrate(shelf, way)
    target = shelf / "narrated" / "tides.zip"
    whole = target.read_bytes()
    project = next(p["project_id"] for p in http.get(_PROJECTS).json()["projects"] if p["name"] == "tides")
    snapshot = http.get(f"{_PROJECTS}/{project}/snapshots").json()["snapshots"][0]["project_snapshot_id"]
    path, size = f"{_PROJECTS}/{project}/snapshots/{snapshot}/archive", len(whole)
    came = threading.Event()
    wire = Wire(way.url, server.key, came)
    way.losses = {("GET", "/archive"): [20_000]}

    with pytest.raises(Stopped):
        fetch(wire, path, {}, target, lambda *_: came.set())
    came.clear()
    (left,) = target.parent.glob(".*.unfinished")
    kept = left.read_bytes()
    way.asked.clear()
    fetch(wire, path, {}, target, lambda *_: None)
    assert 0 < len(kept) < size
    assert way.asked[-1][2] == f"bytes={len(kept)}-"

    left.write_bytes(bytes(len(kept)))
    fetch(wire, path, {}, target, lambda *_: None)
    wire.close()
    with zipfile.ZipFile(target) as archive:
        assert archive.testzip() is None
    assert not list(target.parent.glob(".*.unfinished"))


def test_a_table_is_not_written_over(shelf: Path, way: Way) -> None:
    """By the report, whose name it has."""
    table = shelf / "books.csv"
    table.write_text("file,title\ntides.md,High Tides\n", "utf-8")
    with pytest.raises(InvalidInput, match="another name"):
        batch(shelf, server=way.url, output=shelf, metadata=table)
    assert table.read_text("utf-8").startswith("file,title\n")


def test_nothing_begins_with_what_can_not_be(
    shelf: Path,
    way: Way,
    http: httpx.Client,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Neither with a voice that isn't there, nor with what the API has no word for, nor with a wrong key."""
    said = shelf / "said.csv"
    said.write_text("file,voice\ntides.md,Nobody\ntides.md,\nother.md,Tone Low\n", "utf-8")
    with pytest.raises(UnknownVoice):
        batch(shelf, server=way.url, voice="Nobody")
    with pytest.raises(InvalidInput, match="2 lines of"):
        batch(shelf, server=way.url, metadata=said)
    told = capsys.readouterr().err
    assert f"{said}, line 2: there is no voice 'Nobody'." in told
    assert f"{said}, line 4: there is no book 'other.md' in the folder." in told
    said.write_text("file,chapters\ntides.md,1-2\n", "utf-8")
    with pytest.raises(InvalidInput, match="line 1: there is no column 'chapters'"):
        batch(shelf, server=way.url, metadata=said)
    with pytest.raises(InvalidInput, match="two letters"):
        batch(shelf, server=way.url, language="en-GB")
    monkeypatch.setenv("RHAPSODE_API_KEY", "wrong")
    with pytest.raises(InvalidInput, match="refuses the key in RHAPSODE_API_KEY"):
        batch(shelf, server=way.url)
    with pytest.raises(ServerGone, match="can't be reached"):
        batch(shelf, server="http://127.0.0.1:1")

    assert http.get(_PROJECTS).json()["projects"] == []
    assert not (shelf / "narrated" / "books.csv").exists()


def test_the_key_goes_to_the_server_alone() -> None:
    """Not where a download is redirected to, which may be anybody's store."""
    with answering(always(reply(b"audio"))) as store:
        moved = reply(status=307, Location=f"{store.url}/1")
        with answering(always(moved)) as books:
            wire = Wire(books.url, "a-secret", threading.Event())
            content = wire.open("/file", {}, {"range": "bytes=3-"}).read()
            wire.close()

    assert content == b"audio"
    assert [asked.headers.get("xi-api-key") for asked in books.asked + store.asked] == ["a-secret", None]
    assert store.asked[0].headers["range"] == "bytes=3-"
    assert "a-secret" not in books.asked[0].target + store.asked[0].target
