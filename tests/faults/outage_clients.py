"""Clients of a fleet that never rest: what they were told, how long they waited, and whether it is so."""

import contextlib
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from .journey import archive_of, ask, digest, texts_of, wait_until_converted

VOICE, BOOK = "tone_low", "Tides"
CHAPTERS, PARAGRAPHS = 4, 8
_REST_S = 0.2
_GIVE_UP_S = 240
_LATELY = 3


@dataclass
class Waits:
    """How one kind of request went. answers: by status; 0 for one that was broken off."""

    longest_s: float = 0.0
    answers: Counter[int] = field(default_factory=Counter)

    def note(self, status: int, seconds: float) -> None:
        """One more."""
        self.longest_s = max(self.longest_s, seconds)
        self.answers[status] += 1


@dataclass
class Told:
    """What was acknowledged.

    names: of the project that is renamed: the last that was acknowledged, and those that were asked for since.
    spoken: what is heard of each history item.    texts: of each chapter of the book, as they are to be.
    """

    names: list[str] = field(default_factory=list)
    spoken: dict[str, str] = field(default_factory=dict)
    texts: list[list[str]] = field(default_factory=list)


class Clients:
    """Four who ask one thing each, and an author who edits a book and has it converted, over and over."""

    def __init__(self, url: str, key: str) -> None:
        self.told = Told()
        self.waits: dict[str, Waits] = {}
        self.conversion_count = 0
        self.troubles: list[str] = []
        self._http = httpx.Client(
            base_url=url, headers={"xi-api-key": key}, timeout=_GIVE_UP_S, trust_env=False
        )
        self._chance = random.Random(1)
        self._over = threading.Event()
        self._shelf_id = make_book(self._http, "Shelf 0", [["A shelf."]])
        self._probe_id = make_book(self._http, "Probe", [["A probe."]])
        self.told.names = ["Shelf 0"]
        self.told.texts = [_texts(0, chapter) for chapter in range(CHAPTERS)]
        self.book_id = make_book(self._http, BOOK, self.told.texts)
        self._chapters = chapter_ids(self._http, self.book_id)
        self._speak()

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """All of them, until the end of the block; then the author ends with what is in hand."""
        works = [
            threading.Thread(target=self._repeat, args=(kind, work))
            for kind, work in {
                "read": self._read,
                "write": self.rename,
                "speak": self._speak,
                "listen": self._listen,
            }.items()
        ]
        works.append(threading.Thread(target=self._write_book))
        for thread in works:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in works:
                thread.join()

    def take_waits(self) -> dict[str, Waits]:
        """How requests went since the last call."""
        taken, self.waits = self.waits, {}
        return taken

    def _repeat(self, kind: str, work: Callable[[], object]) -> None:
        while not self._over.wait(_REST_S):
            began_s = time.monotonic()
            status = 200
            try:
                work()
            except httpx.HTTPStatusError as error:
                status = error.response.status_code
                self._look_at(kind, error.response)
            except httpx.TransportError as error:
                status = 0
                self.troubles.append(f"{kind}: {error!r}")
            except AssertionError as error:
                self.troubles.append(f"{kind}: {error}")
            self.waits.setdefault(kind, Waits()).note(status, time.monotonic() - began_s)

    def _look_at(self, kind: str, answer: httpx.Response) -> None:
        """Whatever isn't well is a sentence, and worth another attempt."""
        is_told = answer.status_code == 503 and answer.json()["detail"]["message"].endswith(".")
        if not is_told:
            self.troubles.append(f"{kind}: {answer.status_code} {answer.text}")

    def _read(self) -> None:
        ask(self._http, "GET", f"/v1/studio/projects/{self.book_id}")

    def rename(self) -> None:
        """One write. Raises: httpx.HTTPError."""
        self.told.names.append(f"Shelf {len(self.told.names) + self._chance.randrange(10**9)}")
        name = self.told.names[-1]
        self._name(self._shelf_id, name)
        self.told.names = self.told.names[self.told.names.index(name) :]

    def _name(self, project_id: str, name: str) -> None:
        form = {"name": name, "default_title_voice_id": VOICE, "default_paragraph_voice_id": VOICE}
        ask(self._http, "POST", f"/v1/studio/projects/{project_id}", json=form)

    def probe(self) -> None:
        """One write that nobody else does, and that is there. Raises: httpx.HTTPError."""
        name = f"Probe {self._chance.randrange(10**9)}"
        self._name(self._probe_id, name)
        assert ask(self._http, "GET", f"/v1/studio/projects/{self._probe_id}").json()["name"] == name

    def _speak(self) -> None:
        text = f"Line {self._chance.randrange(10**9)}."
        with self._http.stream("POST", f"/v1/text-to-speech/{VOICE}", json={"text": text}) as answer:
            if answer.is_error:
                answer.read()
            answer.raise_for_status()
            item_id = answer.headers["history-item-id"]
            self.told.spoken[item_id] = digest(answer.read())

    def _listen(self) -> None:
        item_id = self._chance.choice(list(self.told.spoken))
        self._assert_heard(item_id)

    def _assert_heard(self, item_id: str) -> None:
        heard = digest(ask(self._http, "GET", f"/v1/history/{item_id}/audio").content)
        assert heard == self.told.spoken[item_id], item_id

    def _write_book(self) -> None:
        number = 0
        while not self._over.is_set():
            number += 1
            chapter = number % CHAPTERS
            self.told.texts[chapter] = _texts(number, chapter)
            place = f"/v1/studio/projects/{self.book_id}/chapters/{self._chapters[chapter]}"
            self._surely("POST", place, json=_content(self.told.texts[chapter]))
            self._surely("POST", f"/v1/studio/projects/{self.book_id}/convert")
            self._wait_until_converted()

    def _wait_until_converted(self) -> None:
        while (project := self._get_book())["state"] != "default":
            time.sleep(_REST_S)
        failed = {each["last_conversion_error"] for each in project["chapters"]} - {None}
        self.troubles += [f"a conversion failed: {error}" for error in failed]
        self.conversion_count += 1

    def _get_book(self) -> Any:
        return self._surely("GET", f"/v1/studio/projects/{self.book_id}").json()

    def _surely(self, method: str, path: str, **options: object) -> httpx.Response:
        """Ask until it is well, as a client behind a proxy would."""
        until_s = time.monotonic() + _GIVE_UP_S
        while True:
            try:
                return ask(self._http, method, path, **options)
            except httpx.HTTPError:
                if time.monotonic() > until_s:
                    raise
                time.sleep(_REST_S)

    def assert_kept_lately(self) -> None:
        """What was acknowledged last is there."""
        for item_id in list(self.told.spoken)[-_LATELY:]:
            ask(self._http, "GET", f"/v1/history/{item_id}")

    def assert_kept(self) -> None:
        """All that was acknowledged is there, and no text of the book is lost or there twice."""
        shelf = ask(self._http, "GET", f"/v1/studio/projects/{self._shelf_id}").json()
        assert shelf["name"] in self.told.names, (shelf["name"], self.told.names)
        assert texts_of(self._http, self.book_id) == self.told.texts
        for item_id in self.told.spoken:
            self._assert_heard(item_id)

    def archive(self) -> str:
        """SHA-256 of the archive of the book."""
        return archive_of(self._http, self.book_id)

    def close(self) -> None:
        """Let go of all connections."""
        self._http.close()


def archive_of_texts(url: str, key: str, texts: list[list[str]]) -> str:
    """What another server makes of such a book: SHA-256 of its archive."""
    with httpx.Client(base_url=url, headers={"xi-api-key": key}, timeout=_GIVE_UP_S, trust_env=False) as http:
        project_id = make_book(http, BOOK, texts)
        ask(http, "POST", f"/v1/studio/projects/{project_id}/convert")
        wait_until_converted(http, project_id)
        return archive_of(http, project_id)


def make_book(http: httpx.Client, name: str, texts: list[list[str]]) -> str:
    """A project of these chapters; its id."""
    chapters = [
        {"name": f"Chapter {number}", **_content(blocks)["content"]} for number, blocks in enumerate(texts)
    ]
    form = {
        "name": name,
        "default_title_voice_id": VOICE,
        "default_paragraph_voice_id": VOICE,
        "from_content_json": json.dumps(chapters),
    }
    return str(ask(http, "POST", "/v1/studio/projects", data=form).json()["project"]["project_id"])


def chapter_ids(http: httpx.Client, project_id: str) -> list[str]:
    """The chapters of a project, in their order."""
    project = ask(http, "GET", f"/v1/studio/projects/{project_id}").json()
    return [chapter["chapter_id"] for chapter in project["chapters"]]


def _content(texts: list[str]) -> dict[str, dict[str, object]]:
    return {
        "content": {
            "blocks": [
                {"sub_type": "p", "nodes": [{"type": "tts_node", "voice_id": VOICE, "text": text}]}
                for text in texts
            ]
        }
    }


def _texts(number: int, chapter: int) -> list[str]:
    sentence = f"Tide {number} of shore {chapter} says what its number is."
    return [" ".join([f"This is wave {wave}.", *[sentence] * 4]) for wave in range(PARAGRAPHS)]
