"""`rhapsode demo`: something to ask for, and the requests that do."""

import json
import shlex
from importlib.resources import files
from pathlib import Path

from rhapsode.api.own_wire import SpeechOrder
from rhapsode.authoring.books import BookOptions
from rhapsode.authoring.narrations import Book
from rhapsode.authoring.voices import default_voice
from rhapsode.cli.console import counted, in_words, results, working
from rhapsode.cli.installation import Installation, open_installation
from rhapsode.cli.options import DataOption, data_directory
from rhapsode.cli.serve import DEFAULT_HOST, DEFAULT_PORT
from rhapsode.documents import import_document
from rhapsode.studio.errors import DocumentRefused
from rhapsode.studio.ids import HistoryItemId, ProjectId, ProjectSnapshotId
from rhapsode.voices.catalogue import engine_catalogue

_BOOK = "the-lamp-keepers.epub"
_ABOUT_KEYS = """
The server's first start prints a line that begins with export, and so does `rhapsode keys create`. Run that line in
the shell, and then these:"""
_TEXTS = ("The lamps are lit at dusk.", "And at dawn somebody puts them out again.")


def demo(data: DataOption = None) -> None:
    """Try out the API.

    Converts the example book, speaks two texts, and prints the requests that get the snapshot, the archive and the
    history.
    """
    directory = data_directory(data)
    with open_installation(directory, command="demo") as installation:
        project_id, snapshot_id = _convert_example(installation)
        items = _speak(installation)
        address = installation.address
    if address is None:
        command = ["rhapsode", "serve", *([] if data is None else ["--data", str(data)])]
        _print(f"\nThe requests are for a server. Start it: {shlex.join(command)}")
    _print(_ABOUT_KEYS)
    for line in _requests(address or f"http://{DEFAULT_HOST}:{DEFAULT_PORT}", project_id, snapshot_id, items):
        _print(line)


def _convert_example(installation: Installation) -> tuple[ProjectId, ProjectSnapshotId]:
    with working(f"Reading {_BOOK} …"):
        document = import_document(_example(), filename=_BOOK)
    book = Book(document, filename=_BOOK, origin=f"example:{_BOOK}")
    kept = installation.keep_book(book, BookOptions())
    done = installation.convert(kept.project_id)
    results.print(f"{_BOOK}: {counted(done.chapter_count, 'chapter')}, {in_words(done.audio_s)} of audio.")
    return kept.project_id, done.project_snapshot_id


def _example() -> bytes:
    """The example book: in the installed package, or beside the sources. Raises: DocumentRefused."""
    package = files("rhapsode")
    for place in (package / _BOOK, Path(str(package)).parents[1] / "examples" / _BOOK):
        if place.is_file():
            return place.read_bytes()
    msg = f"The example book {_BOOK} isn't part of this installation."
    raise DocumentRefused(msg)


def _speak(installation: Installation) -> list[HistoryItemId]:
    voice = default_voice("en", engine_catalogue())
    with working("Speaking …"):
        items = [installation.speak(SpeechOrder(text, voice.name)) for text in _TEXTS]
    results.print(f"{counted(len(items), 'text')} spoken by {voice.name}.")
    return [item.history_item_id for item in items]


def _print(line: str) -> None:
    results.print(line, markup=False, soft_wrap=True)


def _requests(
    address: str, project_id: ProjectId, snapshot_id: ProjectSnapshotId, items: list[HistoryItemId]
) -> list[str]:
    """The three requests, each a comment and a line for a shell."""
    snapshot = f"{address}/v1/studio/projects/{project_id}/snapshots/{snapshot_id}"
    body = json.dumps({"history_item_ids": items})
    curl = 'curl --fail-with-body -H "xi-api-key: $ELEVENLABS_API_KEY"'
    return [
        "\n# Get the project snapshot: the time of every character.",
        f"{curl} {snapshot} -o snapshot.json",
        "\n# Stream the archive: an audio file for each chapter.",
        f"{curl} -X POST {snapshot}/archive -o the-lamp-keepers.zip",
        "\n# Download history items: one is audio, more are an archive.",
        f"{curl} -X POST {address}/v1/history/download -H 'Content-Type: application/json' "
        f"-d '{body}' -o history.zip",
    ]
