"""Books as projects of a server on another machine: each is made once, however often its making was broken off."""

import itertools
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

from rhapsode.cli.batch.journal import Journal, Sent
from rhapsode.cli.batch.orders import Order
from rhapsode.cli.batch.voices import Voices
from rhapsode.cli.batch.wire import Setback, Wire
from rhapsode.cli.book_file import read_cover
from rhapsode.studio.errors import ConversionFailed, DocumentRefused, NotFound

_PROJECTS = "/v1/studio/projects"
_FIRST_LOOKS_S = (0.1, 0.1, 0.2, 0.2, 0.4, 0.4, 0.8, 0.8)
_LATER_LOOK_S = 2.0
_UNMADE = ("in_queue", "converting")

ShowShare = Callable[[float], None]
"""Told which share of a conversion is done, 0 to 1."""


class Projects:
    """The projects that books of one folder have become. For several threads."""

    def __init__(self, wire: Wire, journal: Journal, voices: Voices) -> None:
        self._wire = wire
        self._journal = journal
        self._voices = voices
        # Two books of one name that are made at the same time couldn't be told apart when an answer is lost.
        self._making: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def keep(self, order: Order, content: bytes, digest: str) -> str:
        """The id of the project that holds a book as it is now; made or brought up to date, and ready.

        What else is said of it than before makes another project, in which nothing is spoken again.
        Raises: DocumentRefused; what Wire.ask raises.
        """
        with self._making[order.book.path.stem]:
            sent = self._find_sent(order) or self._make(order, content, digest)
        project_id = sent.project_id
        assert project_id is not None
        if sent.content != digest:
            self._wait_until_made(project_id)
            self._wire.ask("POST", f"{_PROJECTS}/{project_id}/content", files=_files(order, content))
            self._note(order, replace(sent, content=digest))
        trouble = self._wait_until_made(project_id)
        if trouble is not None:
            raise DocumentRefused(trouble)
        if order.wishes.cover is not None:
            self._put_cover(project_id, order)
        return project_id

    def convert(self, project_id: str, show: ShowShare) -> tuple[str, str]:
        """Convert a project as it is now; the id of the snapshot, and what the book is called.

        Raises: ConversionFailed; what Wire.ask raises.
        """
        path = f"{_PROJECTS}/{project_id}"
        before = self._list_snapshots(path)
        self._wire.ask("POST", f"{path}/convert")
        project = self._watch(path, _UNMADE, show)
        made = [each for each in self._list_snapshots(path) if each not in before]
        errors = [chapter.get("last_conversion_error") for chapter in project["chapters"]]
        failure = next(filter(None, errors), None)
        # Of what was converted a moment ago the last snapshot is the one, and there is no other.
        left = made or ([] if failure else before)
        if not left:
            raise ConversionFailed(failure or "The conversion has left no snapshot.")
        return left[0], project["title"] or project["name"]

    def _find_sent(self, order: Order) -> Sent | None:
        """Where the book is by now, if an earlier run or request has made a project of it with the same wishes."""
        sent = self._journal.sent.get(order.book.name)
        if sent is None or (sent.server, sent.wishes) != (self._wire.url, order.wishes_digest):
            return None
        if sent.project_id is None:
            return self._find_made(order, sent)
        try:
            self._wire.ask("GET", f"{_PROJECTS}/{sent.project_id}")
        except NotFound:
            return None
        return sent

    def _make(self, order: Order, content: bytes, digest: str) -> Sent:
        """A new project. Where the answer is lost, what it would have said is looked for, and nothing made twice."""
        before = tuple(self._list_of_name(order))
        sent = Sent(self._wire.url, order.wishes_digest, before)
        self._journal.note_sent(order.book.name, sent)
        since_s = time.monotonic()
        for attempt in itertools.count():
            try:
                answer = self._wire.ask_once(
                    "POST", _PROJECTS, data=self._fields(order), files=_files(order, content)
                )
                made = str(answer["project"]["project_id"])
                return self._note(order, replace(sent, project_id=made, content=digest))
            except Setback as setback:
                self._wire.wait_after(setback, attempt, since_s)
            found = self._find_made(order, sent)
            if found is not None:
                return found
        raise AssertionError

    def _find_made(self, order: Order, sent: Sent) -> Sent | None:
        """The project of a request whose answer never came. It may hold an older text: nobody knows which."""
        claimed = self._journal.claimed_projects()
        made = [each for each in self._list_of_name(order) if each not in sent.before and each not in claimed]
        return self._note(order, replace(sent, project_id=made[0])) if made else None

    def _note(self, order: Order, sent: Sent) -> Sent:
        self._journal.note_sent(order.book.name, sent)
        return sent

    def _list_of_name(self, order: Order) -> list[str]:
        projects = self._wire.ask("GET", _PROJECTS)["projects"]
        return [each["project_id"] for each in projects if each["name"] == order.book.path.stem]

    def _list_snapshots(self, path: str) -> list[str]:
        return [
            each["project_snapshot_id"] for each in self._wire.ask("GET", f"{path}/snapshots")["snapshots"]
        ]

    def _fields(self, order: Order) -> dict[str, str]:
        wishes = order.wishes
        voice = None if wishes.voice is None else self._voices.find_id(wishes.voice)
        said = {
            "name": order.book.path.stem,
            "title": wishes.title,
            "author": wishes.author,
            "language": wishes.language,
            "quality_preset": wishes.quality,
            "default_title_voice_id": voice,
            "default_paragraph_voice_id": voice,
            "auto_assign_voices": "true" if wishes.cast else None,
        }
        return {name: str(value) for name, value in said.items() if value is not None}

    def _put_cover(self, project_id: str, order: Order) -> None:
        assert order.wishes.cover is not None
        cover = read_cover(order.wishes.cover)
        path = f"/rhapsode/v1/studio/projects/{project_id}/cover"
        self._wire.ask("PUT", path, content=cover.content, headers={"content-type": cover.media_type})

    def _wait_until_made(self, project_id: str) -> str | None:
        """Wait until a project has its content; why it got none, if the document turned out to be none."""
        path = f"{_PROJECTS}/{project_id}"
        creation = self._watch(path, ("creating",), lambda _: None)["creation_meta"]
        failed = creation["status"] == "failed"
        return (creation.get("error") or "The server can't import it.") if failed else None

    def _watch(self, path: str, states: Collection[str], show: ShowShare) -> Any:
        """Look at a project until it is in none of these states; the project then."""
        looks_s = itertools.chain(_FIRST_LOOKS_S, itertools.repeat(_LATER_LOOK_S))
        while (project := self._wire.ask("GET", path))["state"] in states:
            shares = [chapter["conversion_progress"] or 0.0 for chapter in project["chapters"]]
            show(sum(shares) / max(len(shares), 1))
            self._wire.wait(next(looks_s))
        return project


def _files(order: Order, content: bytes) -> dict[str, tuple[str, bytes]]:
    return {"from_document": (order.book.path.name, content)}
