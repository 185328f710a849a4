"""A server that is killed again and again while the official SDK makes a book: nothing it said yes to is lost."""

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

import httpx
import pytest
from elevenlabs import ElevenLabs
from elevenlabs.core.api_error import ApiError
from tests.ports import free_port
from tests.rounds import rounds

from .program import Rhapsode, long_book
from .server import Server, serving

T = TypeVar("T")
KEY = "a-key-that-somebody-has-chosen"
VOICE = "tone_low"
KILLS = rounds(1, 10)
SEED = 3
PARAGRAPHS = rounds(20, 200)
SLICES = PARAGRAPHS // 5
"""Two of each chapter of ten paragraphs."""
_RETRY_S = 0.05
_SPEAK_EVERY_S = 0.4


class Client:
    """Makes a book, polls, and speaks a line now and then; whatever fails for want of a server is tried again.

    chapters: what the project was said to have.    spoken: audio of every history item that was acknowledged.
    failures: requests that a kill has cost.    made: when the book is there, or why it isn't.
    """

    def __init__(self, sdk: ElevenLabs, book: bytes) -> None:
        self.sdk = sdk
        self.project_id = ""
        self.chapters: dict[str, str] = {}
        self.spoken: dict[str, bytes] = {}
        self.failures = 0
        self.converting = threading.Event()
        self.made: Future[None] = Future()
        threading.Thread(target=self._run, args=(book,), name="client", daemon=True).start()

    def _run(self, book: bytes) -> None:
        try:
            self._make_book(book)
            self.made.set_result(None)
        except BaseException as error:
            self.made.set_exception(error)

    def _make_book(self, book: bytes) -> None:
        studio = self.sdk.studio.projects
        self.project_id = self.persist(lambda: make_project(self.sdk, book))
        self.chapters = self.persist(lambda: chapters_of(self.sdk, self.project_id))
        self.persist(lambda: studio.convert(self.project_id))
        self.converting.set()
        spoken_at_s = 0.0
        while self.persist(lambda: studio.get(self.project_id).state) != "default":
            if time.monotonic() - spoken_at_s > _SPEAK_EVERY_S:
                self.persist(self._speak)
                spoken_at_s = time.monotonic()
            time.sleep(_RETRY_S)

    def _speak(self) -> None:
        text = f"Line {len(self.spoken)}."
        with self.sdk.text_to_speech.with_raw_response.convert(VOICE, text=text) as response:
            # Acknowledged from here on, whether or not the bytes arrive.
            item_id = response.headers["history-item-id"]
            self.spoken[item_id] = b""
            self.spoken[item_id] = b"".join(response.data)

    def persist(self, call: Callable[[], T]) -> T:
        """Call until there is an answer."""
        while True:
            try:
                return call()
            except httpx.TransportError:
                self.failures += 1
            except ApiError as error:
                if error.status_code is None or error.status_code < 500:
                    raise
            time.sleep(_RETRY_S)


def make_project(sdk: ElevenLabs, book: bytes) -> str:
    """A project from a document, read by the instant voice; its id."""
    created = sdk.studio.projects.create(
        name="Long",
        from_document=("long.md", book),
        default_title_voice_id=VOICE,
        default_paragraph_voice_id=VOICE,
    )
    return str(created.project.project_id)


def chapters_of(sdk: ElevenLabs, project_id: str) -> dict[str, str]:
    """Names of its chapters by their ids."""
    return {c.chapter_id: c.name for c in sdk.studio.projects.get(project_id).chapters}


def archive_of(sdk: ElevenLabs, project_id: str) -> bytes:
    """The archive of its only snapshot."""
    studio = sdk.studio.projects
    (snapshot,) = studio.snapshots.list(project_id).snapshots
    return b"".join(studio.snapshots.stream_archive(project_id, snapshot.project_snapshot_id))


def uninterrupted(rhapsode: Rhapsode, book: bytes) -> tuple[bytes, float]:
    """The archive of the book without a kill, and the seconds that its conversion took."""
    with serving(rhapsode, "--data", "peace", RHAPSODE_API_KEY=KEY) as server:
        sdk = server.client(KEY)
        project_id = make_project(sdk, book)
        began_at_s = time.monotonic()
        sdk.studio.projects.convert(project_id)
        while sdk.studio.projects.get(project_id).state != "default":
            time.sleep(_RETRY_S)
        return archive_of(sdk, project_id), time.monotonic() - began_at_s


def assert_nothing_lost(server: Server, client: Client, other_key: str) -> None:
    """Key, project, chapters and every history item are there, to the byte."""
    sdk = server.client(other_key)
    assert chapters_of(sdk, client.project_id) == client.chapters
    listed = {item.history_item_id for item in sdk.history.list(page_size=1000).history}
    assert client.spoken.keys() <= listed
    for item_id, audio in client.spoken.items():
        kept = b"".join(sdk.history.get_audio(item_id))
        assert kept == audio or not audio


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_kills_lose_nothing(rhapsode: Rhapsode) -> None:
    """Killed again and again in one conversion, it loses nothing acknowledged; the archive is that of a quiet day."""
    chance, port = random.Random(SEED), free_port()
    book = long_book(PARAGRAPHS).encode()
    expected, whole_s = uninterrupted(rhapsode, book)

    with httpx.Client(timeout=60, trust_env=False) as http:
        sdk = ElevenLabs(base_url=f"http://127.0.0.1:{port}", api_key=KEY, httpx_client=http)
        client, other_key = None, ""
        for _ in range(KILLS):
            with serving(rhapsode, port=port, RHAPSODE_API_KEY=KEY) as server:
                other_key = other_key or new_key(rhapsode)
                client = client or Client(sdk, book)
                assert client.converting.wait(60)
                wait_a_moment(rhapsode, chance.uniform(0, whole_s / KILLS))
                assert not client.made.done(), client.made
                server.kill()
        assert client is not None
        with serving(rhapsode, port=port, RHAPSODE_API_KEY=KEY) as server:
            client.made.result(300)
            assert_nothing_lost(server, client, other_key)
            assert archive_of(server.client(other_key), client.project_id) == expected
            check = rhapsode.run("check")

    assert client.failures >= KILLS
    assert len(client.spoken) >= KILLS
    assert "all well" in check.output


def wait_a_moment(rhapsode: Rhapsode, longest_s: float) -> None:
    """Wait for so long, or until so much more of the book is finished that all kills together leave half of it."""
    until_s = time.monotonic() + longest_s
    # Of each slice there are two, its speech and its audio.
    enough = len(rhapsode.packs) + 2 * SLICES // (2 * KILLS)
    while time.monotonic() < until_s and len(rhapsode.packs) < enough:
        time.sleep(0.02)


def new_key(rhapsode: Rhapsode) -> str:
    """A second key, made through the server."""
    return rhapsode.run("keys", "create", "other").output.rpartition("=")[2].strip()
