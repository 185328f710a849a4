"""What engines are told of before they are asked for it, and what becomes of that."""

import contextlib
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.factories import TONE_LOW, WORKSPACE, engine_voices, need_espeak
from tests.loopback import Asked, reply
from tests.speech_servers import engines_anew, samples_of, set_engine, speech_server, spoken

from rhapsode.audio.encode import from_flac
from rhapsode.audio.encoding import MP3_128
from rhapsode.rendering.ahead import Ahead
from rhapsode.rendering.draft import SpeechRequest
from rhapsode.rendering.plan import SegmentRequest
from rhapsode.rendering.render_jobs import RenderJob, RenderResult
from rhapsode.rendering.worker import render
from rhapsode.storage import pack_writer
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.packs import read_segment
from rhapsode.studio.errors import EngineFailed, EngineUnavailable
from rhapsode.studio.ids import VoiceId
from rhapsode.studio.voice import Voice

FAR = Voice(VoiceId("elevenlabs_tone"), "Far", "elevenlabs", "mul", ("mul",), speaker="tone")
TEXTS = [f"Text {letter}." for letter in "abcdefgh"]
WAIT_S = 20


def speech(number: int, text: str, voice: Voice) -> SpeechRequest:
    return SpeechRequest(number.to_bytes(32, "big"), text, voice.engine, voice.voice_id, voice.language, {})


def far(texts: list[str] = TEXTS) -> list[SpeechRequest]:
    return [speech(number, text, FAR) for number, text in enumerate(texts)]


@pytest.fixture(autouse=True)
def far_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The engine of this process may ask for three texts at once, of a server that isn't there."""
    set_engine(monkeypatch, tmp_path, "ELEVENLABS", URL="http://127.0.0.1:9", CONCURRENCY="3")
    with engines_anew():
        yield


def test_an_engine_of_several_is_told_of_as_many_before_the_first() -> None:
    """And then of one more for each that it has spoken."""
    told: list[str] = []
    requests = far()
    ahead = Ahead(requests, lambda request: told.append(request.spoken_text))
    for count, request in zip((3, 4, 5, 6, 7, 8, 8, 8), requests, strict=True):
        ahead.begin(request)
        assert told == TEXTS[:count]
        assert ahead.after(request) is None


def test_an_engine_of_one_is_told_of_the_next_when_it_has_spoken() -> None:
    """espeak has one process to speak with."""
    need_espeak()
    alder = engine_voices()[VoiceId("espeak_alder")]
    told: list[str] = []
    requests = [speech(number, text, alder) for number, text in enumerate(TEXTS)]
    ahead = Ahead(requests, lambda request: told.append(request.spoken_text))
    for request, then in zip(requests, [*requests[1:], None], strict=True):
        ahead.begin(request)
        assert ahead.after(request) == then
    assert not told
    assert not any(map(ahead.owes, requests))


def test_what_was_told_is_owed_until_it_is_spoken() -> None:
    """At the end of a job nothing more is told of, and what was is still taken."""
    told: list[str] = []
    requests = far()
    ahead = Ahead(requests, lambda request: told.append(request.spoken_text))
    ahead.begin(requests[0])
    ahead.end()
    assert [ahead.owes(request) for request in requests] == [False, True, True, *[False] * 5]
    ahead.begin(requests[1])
    assert [ahead.owes(request) for request in requests[:3]] == [False, False, True]
    assert told == TEXTS[:3]


def test_an_engine_that_is_gone_is_told_of_nothing() -> None:
    """Who asks for it hears that."""
    request = SpeechRequest(b"key", "Text.", "gone", TONE_LOW, "mul", {})
    ahead = Ahead([request, request], lambda _: pytest.fail("it was told"))
    ahead.begin(request)
    assert ahead.after(request) is None


class Server:
    """A speech server that can be away for some texts, and answer others with nonsense. answered: in order."""

    def __init__(self) -> None:
        self.answered: list[str] = []
        self.away: set[str] = set()
        self.nonsense: set[str] = set()
        self._count = self._at_once = 0
        self.most = 0
        self._lock = threading.Lock()
        self.together = threading.Barrier(3, timeout=WAIT_S)

    def answer(self, asked: Asked) -> Iterator[bytes]:
        text = json.loads(asked.body)["text"]
        with self._lock:
            self._count += 1
            self._at_once += 1
            self.most = max(self.most, self._at_once)
            is_early = self._count <= 3
        # So that the first three are asked for together, however busy this machine is.
        with contextlib.suppress(threading.BrokenBarrierError):
            if is_early:
                self.together.wait()
        with self._lock:
            self._at_once -= 1
        if text in self.away:
            yield reply(status=503, Retry_After="60")
            return
        if text in self.nonsense:
            yield reply(b"nonsense")
            return
        with self._lock:
            self.answered.append(text)
        yield spoken(asked)


@pytest.fixture
def server(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    far_engine: None,
) -> Iterator[Server]:
    made = Server()
    with speech_server(made.answer, monkeypatch, tmp_path, "ELEVENLABS", CONCURRENCY="3"), engines_anew():
        yield made


def job(blobs: LocalBlobs, requests: list[SpeechRequest]) -> RenderJob:
    wanted = [
        SegmentRequest((1_000 + number).to_bytes(32, "big"), MP3_128.name, request)
        for number, request in enumerate(requests)
    ]
    return RenderJob(WORKSPACE, blobs, wanted, {}, {FAR.voice_id: FAR})


def spoken_in(result: RenderResult, blobs: LocalBlobs) -> list[int]:
    """How many samples each speech of a result has."""
    packs = [pack for pack in result.packs if pack.kind == "speech"]
    return [
        from_flac(read_segment(blobs, segment.location))[0].size
        for pack in packs
        for segment in pack.segments
    ]


def test_a_server_gets_as_many_texts_at_once_as_it_may(tmp_path: Path, server: Server) -> None:
    """From one process; each text is asked for once, and all come in the order of the job."""
    texts = [text * (number + 1) for number, text in enumerate(TEXTS)]
    blobs = LocalBlobs(tmp_path / "blobs")
    result = render(job(blobs, far(texts)))
    assert server.most == 3
    assert sorted(server.answered) == sorted(texts)
    assert spoken_in(result, blobs) == [samples_of(text).size for text in texts]


def test_a_job_that_ends_early_takes_what_it_has_asked_for(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pack is full after the first text: those that were asked for meanwhile are in it too."""
    monkeypatch.setattr(pack_writer, "MAX_PACK_BYTES", 1)
    blobs = LocalBlobs(tmp_path / "blobs")
    result = render(job(blobs, far()))
    assert result.finished_count == 3
    assert len(server.answered) == 3


def test_what_was_spoken_before_an_outage_is_kept(tmp_path: Path, server: Server) -> None:
    """And what was spoken beyond it; then the job of what is missing says that the engine is away."""
    server.away = {TEXTS[1], *TEXTS[3:]}
    blobs = LocalBlobs(tmp_path / "blobs")
    requests = far()
    result = render(job(blobs, requests))
    assert result.finished_count == 2
    assert spoken_in(result, blobs) == [samples_of(TEXTS[0]).size, samples_of(TEXTS[2]).size]
    assert sorted(server.answered) == [TEXTS[0], TEXTS[2]]
    with pytest.raises(EngineUnavailable, match="left alone"):
        render(job(blobs, requests[3:]))


def test_what_was_spoken_before_nonsense_is_kept(tmp_path: Path, server: Server) -> None:
    """An engine that fails with one text costs nothing of the others."""
    server.nonsense = {TEXTS[1]}
    blobs = LocalBlobs(tmp_path / "blobs")
    requests = far()
    assert render(job(blobs, requests)).finished_count == 3
    with pytest.raises(EngineFailed, match="no JSON"):
        render(job(blobs, requests[1:2]))
