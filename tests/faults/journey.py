"""What a client does with a server, what it was told, and whether that is still so."""

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import httpx
from tests.loopback import Asked

VOICE = "tone_low"
BOOK = """\
# The Harbour

The boat came in at six. Nobody stood on the quay.

"Are we late?" asked Ines.

# The Hill

They climbed without a word. Far below, the boat was turning.
"""
LINES = ("It rained.", "Then it snowed.")
_LIMIT_S = 60
_POLL_S = 0.05


@dataclass
class Told:
    """What a client was told, and may rely on.

    spoken: what is heard of each history item, as a digest; empty where the bytes didn't come any more.
    asked_to_delete: items whose deletion was wanted and may have been done.
    """

    project_id: str = ""
    is_converting: bool = False
    archive: str = ""
    spoken: dict[str, str] = field(default_factory=dict)
    asked_to_delete: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)


class Journey:
    """Makes a book, has it converted, speaks two lines and deletes one of them; it may be broken off anywhere.

    after_answer: called whenever an answer has come that promises something, or something may be gone.
    """

    def __init__(self, hook_url: str, after_answer: Callable[[], None] = lambda: None) -> None:
        self.told = Told()
        self._hook_url = hook_url
        self._after_answer = after_answer

    def steps(self, http: httpx.Client) -> Iterator[str]:
        """Take one step after the other, from the first that nothing has come of. Raises: httpx.HTTPError."""
        told = self.told
        if not told.project_id:
            told.project_id = create(http, self._hook_url)
            self._after_answer()
            yield "create"
        if not told.is_converting:
            ask(http, "POST", f"/v1/studio/projects/{told.project_id}/convert")
            told.is_converting = True
            self._after_answer()
            yield "convert"
        if not told.archive:
            wait_until_converted(http, told.project_id)
            told.archive = archive_of(http, told.project_id)
            self._after_answer()
            yield "archive"
        while len(told.spoken) < len(LINES):
            self.speak(http, LINES[len(told.spoken)])
            yield "speak"
        if not told.asked_to_delete:
            item_id = next(iter(told.spoken))
            told.asked_to_delete.add(item_id)
            # From now on it may be gone, whether or not an answer comes.
            self._after_answer()
            ask(http, "DELETE", f"/v1/history/{item_id}")
            told.deleted.add(item_id)
            self._after_answer()
            yield "delete"

    def speak(self, http: httpx.Client, text: str) -> None:
        """Speak a line; told from the moment at which its head has come, whether or not the bytes do."""
        path, spoken = f"/v1/text-to-speech/{VOICE}", self.told.spoken
        with http.stream("POST", path, json={"text": text}) as answer:
            answer.raise_for_status()
            item_id = answer.headers["history-item-id"]
            spoken[item_id] = ""
            spoken[item_id] = digest(answer.read())
        self._after_answer()

    def take(self, http: httpx.Client) -> None:
        """Take all steps that are left."""
        for _ in self.steps(http):
            pass


def ask(http: httpx.Client, method: str, path: str, **options: object) -> httpx.Response:
    """The answer. Raises: httpx.HTTPError, for one that says no, too."""
    answer = http.request(method, path, **options)  # type: ignore[arg-type]
    answer.raise_for_status()
    return answer


def create(http: httpx.Client, hook_url: str) -> str:
    """A project from a document; its id."""
    form = {
        "name": "Tides",
        "default_title_voice_id": VOICE,
        "default_paragraph_voice_id": VOICE,
        "callback_url": hook_url,
    }
    answer = ask(
        http, "POST", "/v1/studio/projects", data=form, files={"from_document": ("tale.md", BOOK.encode())}
    )
    return str(answer.json()["project"]["project_id"])


def wait_until_converted(http: httpx.Client, project_id: str) -> None:
    """Until the project has an archive and nothing more is done for it."""
    until_s = time.monotonic() + _LIMIT_S
    while True:
        project = ask(http, "GET", f"/v1/studio/projects/{project_id}").json()
        if project["state"] == "default":
            assert project["can_be_downloaded"], project
            return
        assert time.monotonic() < until_s, project
        time.sleep(_POLL_S)


def archive_of(http: httpx.Client, project_id: str) -> str:
    """The digest of the archive of the newest snapshot."""
    snapshots = ask(http, "GET", f"/v1/studio/projects/{project_id}/snapshots").json()["snapshots"]
    path = f"/v1/studio/projects/{project_id}/snapshots/{snapshots[0]['project_snapshot_id']}/archive"
    return digest(ask(http, "POST", path).content)


def digest(content: bytes) -> str:
    """SHA-256."""
    return hashlib.sha256(content).hexdigest()


def texts_of(http: httpx.Client, project_id: str) -> list[list[str]]:
    """What stands in the blocks of each chapter."""
    project = ask(http, "GET", f"/v1/studio/projects/{project_id}").json()
    return [
        [
            "".join(node["text"] for node in block["nodes"])
            for block in ask(
                http, "GET", f"/v1/studio/projects/{project_id}/chapters/{chapter['chapter_id']}"
            ).json()["content"]["blocks"]
        ]
        for chapter in project["chapters"]
    ]


TEXTS = [
    ["The Harbour", "The boat came in at six. Nobody stood on the quay.", '"Are we late?" asked Ines.'],
    ["The Hill", "They climbed without a word. Far below, the boat was turning."],
]


def assert_kept(http: httpx.Client, told: Told, archive: str) -> None:
    """All that was promised is so, nothing is there twice, and what is converted sounds as it always does.

    archive: the digest of an archive that was made without any fault.
    """
    projects = [
        project["project_id"] for project in ask(http, "GET", "/v1/studio/projects").json()["projects"]
    ]
    assert not told.project_id or told.project_id in projects
    for project_id in projects:
        assert texts_of(http, project_id) == TEXTS
    if told.is_converting:
        wait_until_converted(http, told.project_id)
        snapshots = ask(http, "GET", f"/v1/studio/projects/{told.project_id}/snapshots").json()["snapshots"]
        assert len(snapshots) == 1, snapshots
        assert archive_of(http, told.project_id) == archive
    assert told.archive in ("", archive)
    for item_id, heard in told.spoken.items():
        if item_id in told.asked_to_delete:
            continue
        kept = digest(ask(http, "GET", f"/v1/history/{item_id}/audio").content)
        assert heard in ("", kept), item_id
    listed = [item["history_item_id"] for item in ask(http, "GET", "/v1/history").json()["history"]]
    assert len(listed) == len(set(listed))
    assert not told.deleted & set(listed)


def assert_told(asked: list[Asked], told: Told) -> None:
    """Whoever is told of the end of a conversion has heard of it once at least, and the same each time."""
    bodies = {one.body for one in asked if told.project_id.encode() in one.body}
    assert len(bodies) == int(bool(told.archive)), bodies
