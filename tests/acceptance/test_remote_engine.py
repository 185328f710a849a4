"""A book whose voice is on another machine, which is killed in the middle of it."""

import contextlib
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.loopback import Asked, answering, reply
from tests.ports import free_port
from tests.waiting import wait_until

from .conftest import ROOT
from .program import Rhapsode
from .server import serving

KEY = "a-key-that-somebody-has-chosen"
FAR, NEAR = "elevenlabs_tone", "tone_low"
PARAGRAPHS = 30
PATIENCE_S = 6
"""Long enough for a voice to start again on a busy machine. After it nobody asks for up to five seconds more, since
pauses of 1, 2, 4 and 8 seconds have begun; the next conversion's patience has to be long enough for that, too."""


def listing_slowly(_: Asked) -> Iterator[bytes]:
    """A server that takes longer to list its voices than a command needs to print them."""
    time.sleep(0.7)
    yield reply(b'{"voices": ["af_bella"]}')


def test_the_first_command_has_the_voices_of_a_server(rhapsode: Rhapsode) -> None:
    """Though nobody has asked the server before, and it takes a while; one that names a voice tells what to do."""
    with answering(listing_slowly) as server:
        known = {
            "RHAPSODE_OPENAI_URL": server.url,
            "RHAPSODE_ENGINE_STATE": str(rhapsode.data.parent / "state"),
        }
        tale = rhapsode.write("tale.txt", "A boat came in.")
        refused = rhapsode.run("narrate", tale, "--voice", "openai_af_bella", **known)
        assert "the server of openai isn't set, or hasn't listed its voices yet" in refused.error
        assert "Bella" in rhapsode.run("voices", **known).output


class SpeechServer:
    """The other machine: a process that is started and killed. spoken: each text that it has answered."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._log = folder / "spoken.jsonl"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def spoken(self) -> list[str]:
        return [json.loads(line) for line in self._log.read_text("utf-8").splitlines()]

    def start(self, most: int = 1_000_000) -> None:
        """most: texts that it has answered since the first start; whoever asks for more waits until it is killed."""
        self._log.touch()
        module = "tests.acceptance.speech_process"
        command = [sys.executable, "-m", module, str(self.port), str(self._log), str(most)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n"

    def kill(self) -> None:
        """As a machine goes whose power fails."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()


@pytest.fixture
def far(tmp_path: Path) -> Iterator[SpeechServer]:
    server = SpeechServer(tmp_path)
    server.start(most=PARAGRAPHS // 3)
    yield server
    server.kill()


def book(name: str) -> str:
    paragraphs = [f"{name} {number} has come." for number in range(PARAGRAPHS)]
    return json.dumps(
        [
            {
                "name": name,
                "blocks": [
                    {"sub_type": "p", "nodes": [{"type": "tts_node", "voice_id": "", "text": text}]}
                    for text in paragraphs
                ],
            }
        ]
    )


class Studio:
    """Projects over HTTP."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    def begin(self, name: str, voice_id: str) -> str:
        """Make a project and convert it; its id."""
        voices = dict.fromkeys(("default_title_voice_id", "default_paragraph_voice_id"), voice_id)
        form = {"name": name, "from_content_json": book(name), **voices}
        made = self.http.post("/v1/studio/projects", data=form).raise_for_status()
        project_id = str(made.json()["project"]["project_id"])
        self.convert(project_id)
        return project_id

    def convert(self, project_id: str) -> None:
        self.http.post(f"/v1/studio/projects/{project_id}/convert").raise_for_status()

    def get(self, path: str) -> Any:
        return self.http.get(path).raise_for_status().json()

    def is_converting(self, project_id: str) -> bool:
        return bool(self.get(f"/v1/studio/projects/{project_id}")["state"] != "default")

    def error(self, project_id: str) -> str | None:
        (chapter,) = self.get(f"/v1/studio/projects/{project_id}")["chapters"]
        error: str | None = chapter["last_conversion_error"]
        return error

    def times(self, project_id: str) -> tuple[Any, Any]:
        """When each character of the book is heard, and how long all of it lasts."""
        snapshots = self.get(f"/v1/studio/projects/{project_id}/snapshots")["snapshots"]
        snapshot_id = snapshots[0]["project_snapshot_id"]
        found = self.get(f"/v1/studio/projects/{project_id}/snapshots/{snapshot_id}")
        (alignment,) = found["character_alignments"]
        return alignment["character_start_times_seconds"], found["audio_duration_secs"]


@contextlib.contextmanager
def studio(rhapsode: Rhapsode, far: SpeechServer) -> Iterator[Studio]:
    """A server whose voices are on the other machine."""
    with serving(
        rhapsode,
        RHAPSODE_API_KEY=KEY,
        RHAPSODE_PROCESSES="2",
        RHAPSODE_ELEVENLABS_URL=f"http://127.0.0.1:{far.port}",
        RHAPSODE_ELEVENLABS_CONCURRENCY="3",
        RHAPSODE_ELEVENLABS_PRICE_PER_1000="0.5",
        RHAPSODE_ENGINE_PATIENCE_S=str(PATIENCE_S),
    ) as server:
        yield Studio(server.http(KEY))


def assert_spoken_once(far: SpeechServer, *names: str) -> None:
    """No text of these books was answered twice, and all of them were."""
    spoken = Counter(far.spoken)
    assert Counter(text.split()[0] for text in spoken) == dict.fromkeys(names, PARAGRAPHS)
    assert set(spoken.values()) == {1}


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_a_book_survives_the_death_of_its_voice(rhapsode: Rhapsode, far: SpeechServer) -> None:
    """Killed in the middle and started again, the voice goes on with what is missing, and nothing is spoken twice.

    Where it stays away, the error says so; what is finished stays, and the next conversion makes the rest.
    """
    with studio(rhapsode, far) as rooms:
        wait_until(lambda: FAR in {voice["voice_id"] for voice in rooms.get("/v1/voices")["voices"]})

        project_id = rooms.begin("Tide", FAR)
        wait_until(lambda: len(far.spoken) > PARAGRAPHS // 4)
        far.kill()
        time.sleep(1.2)
        assert rooms.is_converting(project_id)
        far.start(most=PARAGRAPHS * 4 // 3)
        wait_until(lambda: not rooms.is_converting(project_id))
        assert rooms.error(project_id) is None
        assert_spoken_once(far, "Tide")
        near_id = rooms.begin("Tide", NEAR)
        wait_until(lambda: not rooms.is_converting(near_id))
        assert rooms.times(project_id) == rooms.times(near_id)

        lost_id = rooms.begin("Ebb", FAR)
        wait_until(lambda: len(far.spoken) > PARAGRAPHS * 5 // 4)
        far.kill()
        wait_until(lambda: not rooms.is_converting(lost_id))
        error = rooms.error(lost_id)
        assert error is not None
        assert f"The engine elevenlabs at http://127.0.0.1:{far.port} " in error
        assert error.endswith("convert again when that is mended.")

        began_at_s = time.monotonic()
        refused = rooms.http.post(f"/v1/text-to-speech/{FAR}", json={"text": "Is anybody there?"})
        assert (refused.status_code, refused.json()["detail"]["code"]) == (503, "engine_unavailable")
        assert time.monotonic() - began_at_s < 5
        shown = {each["engine_id"]: each for each in rooms.get("/rhapsode/v1/engines")["engines"]}
        assert not shown["elevenlabs"]["is_up"]
        assert shown["elevenlabs"]["circuit"] in ("open", "half_open")
        assert shown["elevenlabs"]["counters"]["cost"] > 0

        finished = len(far.spoken)
        far.start()
        rooms.convert(lost_id)
        wait_until(lambda: not rooms.is_converting(lost_id))
        assert rooms.error(lost_id) is None
        assert_spoken_once(far, "Tide", "Ebb")
        assert len(far.spoken) - finished < PARAGRAPHS
        counters = rooms.get("/rhapsode/v1/engines")["engines"]
        (counted,) = (each["counters"] for each in counters if each["engine_id"] == "elevenlabs")
        assert counted["character_count"] == sum(map(len, far.spoken))
