"""What a batch remembers between two runs: a line for each step that has been taken, which no kill undoes.

It lies in the output folder, for it is about the files there. The newest line about a book holds.
"""

import contextlib
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rhapsode.cli.output import writing
from rhapsode.storage.files import move_durably, write_all

JOURNAL_NAME = ".batch.jsonl"


@dataclass(frozen=True, slots=True)
class Done:
    """A book whose audio was written. content, wishes: digests of what was narrated.

    output: below the output folder.    audio_s: seconds of audio.
    flaws: a sentence about passages that seem wrong; empty where there are none.
    """

    content: str
    wishes: str
    output: str
    size_bytes: int
    title: str
    chapter_count: int
    audio_s: float
    flaws: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """A book that a server on another machine was sent, or is being sent.

    before: the projects of the book's name that were there already.    project_id: None until it is known.
    content: of what the project holds; empty until that is known.
    """

    server: str
    wishes: str
    before: tuple[str, ...]
    project_id: str | None = None
    content: str = ""


class Journal:
    """The newest of each kind for each book, by its name. For several threads."""

    def __init__(self, folder: Path) -> None:
        """Read what is there, and write it anew without what is no longer of use.

        Raises: StorageFull; InvalidInput.
        """
        self.done: dict[str, Done] = {}
        self.sent: dict[str, Sent] = {}
        self._lock = threading.Lock()
        self._path = folder / JOURNAL_NAME
        for line in _lines(self._path):
            self._take(line)
        self._compact()

    def note_done(self, name: str, done: Done) -> None:
        """Remember, for good, that a book's audio was written. Raises: StorageFull; InvalidInput."""
        self._note({"file": name, "done": asdict(done)})

    def note_sent(self, name: str, sent: Sent) -> None:
        """Remember, for good, where a book was sent. Raises: StorageFull; InvalidInput."""
        self._note({"file": name, "sent": asdict(sent)})

    def claimed_projects(self) -> frozenset[str | None]:
        """Ids of the projects that books were sent as."""
        with self._lock:
            return frozenset(sent.project_id for sent in self.sent.values())

    def _note(self, line: dict[str, Any]) -> None:
        with self._lock, writing(self._path), self._path.open("ab", buffering=0) as file:
            size_bytes = file.seek(0, os.SEEK_END)
            try:
                write_all(file, _written(line))
                os.fsync(file.fileno())
            except OSError:
                # What was written of it would spoil the line that another thread writes next.
                file.truncate(size_bytes)
                raise
            self._take(line)

    def _take(self, line: dict[str, Any]) -> None:
        if "done" in line:
            self.done[line["file"]] = Done(**line["done"])
        if "sent" in line:
            self.sent[line["file"]] = Sent(**line["sent"] | {"before": tuple(line["sent"]["before"])})

    def _compact(self) -> None:
        unfinished = self._path.with_suffix(".unfinished")
        lines = [{"file": name, "done": asdict(done)} for name, done in self.done.items()]
        lines += [{"file": name, "sent": asdict(sent)} for name, sent in self.sent.items()]
        with writing(self._path):
            with unfinished.open("wb", buffering=0) as file:
                for line in lines:
                    write_all(file, _written(line))
            move_durably(unfinished, self._path)


def _written(line: dict[str, Any]) -> bytes:
    return json.dumps(line).encode() + b"\n"


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """Whole lines. One is torn where its writer was killed, and what it said wasn't done for certain."""
    if not path.exists():
        return
    for line in path.read_bytes().splitlines():
        read = None
        with contextlib.suppress(ValueError):
            read = json.loads(line)
        if read is not None:
            yield read
