"""Speech of servers that speak OpenAI's protocol, well and badly."""

import contextlib
import gc
import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.loopback import Asked, Loopback, reply
from tests.speech_servers import (
    encoded,
    in_turn,
    samples_of,
    saying,
    set_engine,
    speech_server,
    spoken,
    toned,
    wait_for_voices,
)

from rhapsode.engines.engine import UntimedSpeech
from rhapsode.engines.openai import OpenAiEngine
from rhapsode.engines.remote import client
from rhapsode.studio.errors import (
    EngineFailed,
    EngineUnavailable,
    InvalidInput,
    TextRefused,
    UnknownLanguage,
    UnknownVoice,
)
from rhapsode.studio.ids import VoiceId
from rhapsode.studio.voice import VoiceSettings

TEXT = "The tide."
WAV = encoded(samples_of(TEXT), 22_050)


def speak(engine: OpenAiEngine, text: str = TEXT, *, speed: float = 1.0) -> UntimedSpeech:
    voice = engine.list_voices()[0]
    return engine.synthesize(text, voice=voice, language=voice.language, settings=VoiceSettings(speed=speed))


@pytest.fixture
def engine() -> Iterator[OpenAiEngine]:
    made = OpenAiEngine()
    yield made
    made.close()


Serve = Callable[..., Loopback]


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Starts a server that answers requests one after the other, and sets the engine to ask it."""
    with contextlib.ExitStack() as servers:

        def start(*answers: Callable[[Asked], bytes], **settings: str) -> Loopback:
            server = speech_server(in_turn(*answers), monkeypatch, tmp_path, **settings)
            return servers.enter_context(server)

        yield start


def test_a_text_is_asked_for_and_its_samples_come(engine: OpenAiEngine, serve: Serve) -> None:
    """With the key, the model, the voice in the server's words and the speed; the sound is that of the server."""
    server = serve(spoken, MODEL="kokoro")
    speech = speak(engine, speed=1.1)
    assert speech.sample_rate_hz == 22_050
    assert np.array_equal(speech.samples, toned(TEXT, speed=1.1).samples)
    (asked,) = server.asked
    assert (asked.method, asked.target) == ("POST", "/v1/audio/speech")
    assert asked.headers["authorization"] == "Bearer a-key"
    assert json.loads(asked.body) == {
        "model": "kokoro",
        "input": TEXT,
        "voice": "alloy",
        "response_format": "wav",
        "speed": 1.1,
    }
    assert engine.traits.version == "1/kokoro"


@pytest.mark.parametrize(("container", "subtype"), [("WAV", "PCM_24"), ("WAV", "FLOAT"), ("FLAC", "PCM_16")])
def test_what_comes_is_told_by_its_bytes(
    engine: OpenAiEngine, serve: Serve, container: str, subtype: str
) -> None:
    """Whatever was asked for and whatever its type says; of two channels, the middle."""
    both = np.stack([samples_of(TEXT), samples_of(TEXT)], axis=1) / 32_768
    serve(saying(encoded(both, 22_050, container, subtype), Content_Type="application/json"))
    samples = speak(engine).samples
    assert samples.dtype == np.int16
    assert np.array_equal(samples, samples_of(TEXT))


def test_mp3_is_heard(engine: OpenAiEngine, serve: Serve) -> None:
    """As loud as it was, and as long but for what the encoder adds."""
    serve(saying(encoded(samples_of(TEXT), 22_050, "MP3", "MPEG_LAYER_III")))
    samples, sent = speak(engine).samples.astype(float), samples_of(TEXT).astype(float)
    assert 0 <= samples.size - sent.size < 3_000
    assert np.square(samples).sum() == pytest.approx(np.square(sent).sum(), rel=0.1)


def test_a_wav_whose_length_was_not_known_is_read_to_its_end(engine: OpenAiEngine, serve: Serve) -> None:
    """As servers send it that begin before they have spoken all."""
    place = WAV.index(b"data") + 4
    serve(saying(WAV[:4] + b"\xff" * 4 + WAV[8:place] + b"\xff" * 4 + WAV[place + 4 :]))
    assert np.array_equal(speak(engine).samples, samples_of(TEXT))


def test_bare_samples_are_those_of_openai(engine: OpenAiEngine, serve: Serve) -> None:
    """At 24,000 a second, where they were asked for."""
    server = serve(saying(samples_of(TEXT).tobytes(), Content_Type="audio/pcm"), FORMAT="pcm")
    speech = speak(engine)
    assert speech.sample_rate_hz == 24_000
    assert np.array_equal(speech.samples, samples_of(TEXT))
    assert json.loads(server.asked[0].body)["response_format"] == "pcm"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "was empty"),
        (b"<html>Welcome!</html>", "a page in HTML"),
        (b'{"error": {"message": "no model"}}', "no model"),
        (samples_of(TEXT).tobytes(), "no WAV, FLAC or MP3"),
        (WAV[:-100], "was cut"),
        (WAV[:30], "was cut before its sound"),
        (WAV[:44], "was cut"),
        (encoded(np.zeros(0, np.int16), 22_050), "no sound"),
        (encoded(samples_of(TEXT), 96_000), "96000 samples a second"),
        (b"fLaC" + bytes(50), "can't be read"),
        (encoded(np.full(99, np.nan), 22_050, "WAV", "FLOAT"), "no numbers"),
    ],
)
def test_what_is_no_speech_is_an_error_that_says_so(
    engine: OpenAiEngine, serve: Serve, body: bytes, said: str
) -> None:
    """Never silence, and nobody has paid for it; another attempt may help."""
    serve(saying(body))
    with pytest.raises(EngineFailed, match=said) as failed:
        speak(engine)
    assert not isinstance(failed.value, EngineUnavailable)
    assert "http://127.0.0.1:" in str(failed.value)


def test_sound_of_hours_is_not_unpacked(
    engine: OpenAiEngine, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Silence of a day is a few MB as FLAC."""
    monkeypatch.setattr("rhapsode.engines.remote.decoding._MAX_SAMPLES", 2**20)
    serve(saying(encoded(np.zeros((2**17 + 1, 8), np.int16), 8_000, "FLAC")))
    with pytest.raises(EngineFailed, match="longer than any text"):
        speak(engine)


def test_packed_bytes_are_not_unpacked(engine: OpenAiEngine, serve: Serve) -> None:
    """Nobody has asked for them, and a few may be gigabytes."""
    serve(saying(gzip.compress(WAV), Content_Encoding="gzip"))
    with pytest.raises(EngineFailed, match="packed bytes"):
        speak(engine)


@pytest.mark.parametrize("body", [b'{"error": "a-key is no key for this"}', b"[" * 100_000])
def test_what_a_server_says_is_told_without_the_key(engine: OpenAiEngine, serve: Serve, body: bytes) -> None:
    """Some repeat it; and whatever they say, it is a sentence."""
    serve(saying(body, status=400))
    with pytest.raises(TextRefused) as refused:
        speak(engine)
    assert "a-key" not in str(refused.value)
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize(
    "trouble",
    [
        saying(status=500),
        saying(status=503, Retry_After="0"),
        saying(status=429),
        lambda _: reply(WAV)[:-200],
        lambda _: b"",
    ],
)
def test_what_may_pass_is_asked_again(
    engine: OpenAiEngine, serve: Serve, trouble: Callable[[Asked], bytes]
) -> None:
    """Errors of the server, connections that were closed, and bodies that broke off."""
    server = serve(trouble, spoken)
    assert np.array_equal(speak(engine).samples, samples_of(TEXT))
    assert len(server.asked) == 2
    status = engine.find_status()
    assert status is not None
    assert status.is_up
    assert (status.counters.requests, status.counters.retries, status.counters.failures) == (2, 1, 1)
    assert status.counters.characters == len(TEXT)


def test_retry_after_is_obeyed(engine: OpenAiEngine, serve: Serve) -> None:
    """A server that asks for a second is left alone for one."""
    serve(saying(status=429, Retry_After="1"), spoken)
    began_at_s = time.monotonic()
    speak(engine)
    assert time.monotonic() - began_at_s >= 1


def test_who_is_to_wait_for_long_is_told_at_once(engine: OpenAiEngine, serve: Serve) -> None:
    """A minute is a conversion's affair, or a person's."""
    server = serve(saying(b'{"detail": "Busy."}', status=429, Retry_After="60"))
    with pytest.raises(EngineUnavailable, match="Busy"):
        speak(engine)
    assert len(server.asked) == 1


def test_a_server_that_never_has_time_is_given_up(engine: OpenAiEngine, serve: Serve) -> None:
    """After four attempts, with growing pauses."""
    server = serve(saying(status=429))
    with pytest.raises(EngineUnavailable, match="429"):
        speak(engine)
    assert len(server.asked) == 4


def test_what_takes_too_long_is_not_asked_twice(engine: OpenAiEngine, serve: Serve) -> None:
    """The server may still work on it, and would do so twice."""

    over = threading.Event()

    def slow(_: Asked) -> bytes:
        over.wait(30)
        return reply(WAV)

    server = serve(slow, TIMEOUT_S="1")
    with pytest.raises(EngineUnavailable, match="too long"):
        speak(engine)
    assert len(server.asked) == 1
    over.set()


def test_a_body_that_trickles_ends_with_its_time(
    engine: OpenAiEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often another byte comes."""

    def trickle(_: Asked) -> Iterator[bytes]:
        yield reply(WAV)[:60]
        for _byte in range(100):
            time.sleep(0.02)
            yield b"\0"

    with speech_server(trickle, monkeypatch, tmp_path, TIMEOUT_S="0.3"):
        began_at_s = time.monotonic()
        with pytest.raises(EngineUnavailable, match="too long"):
            speak(engine)
        assert time.monotonic() - began_at_s < 1.5


def test_a_server_that_is_away_is_not_asked_for_a_while(
    engine: OpenAiEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It isn't reached; then the next text fails at once, also in another process's engine."""
    set_engine(monkeypatch, tmp_path, URL="http://user:secret@127.0.0.1:9")
    with pytest.raises(EngineUnavailable, match=r"The engine openai at http://127\.0\.0\.1:9 can't be used"):
        speak(engine)
    with pytest.raises(EngineUnavailable):
        speak(engine)
    began_at_s = time.monotonic()
    with pytest.raises(EngineUnavailable, match="isn't asked for a while") as failed:
        speak(OpenAiEngine())
    assert time.monotonic() - began_at_s < 5
    assert "secret" not in str(failed.value)
    status = engine.find_status()
    assert status is not None
    assert (status.is_up, status.circuit) == (False, "open")
    assert status.reason == "no connection to it holds"


def test_what_a_server_says_is_told_to_who_asked_it(
    engine: OpenAiEngine, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever looks at the engine hears nothing of the paths, names and keys that may be in it."""
    monkeypatch.setattr(client, "_ATTEMPTS", 1)
    serve(saying(b'{"detail": "no /srv/models/a.pt for a-key"}', status=500))
    with pytest.raises(EngineUnavailable, match=r"status 500: no /srv/models/a.pt for …"):
        speak(engine)
    status = engine.find_status()
    assert status is not None
    assert status.reason == "it answered with status 500"


@pytest.mark.parametrize(
    ("answer", "error", "said"),
    [
        (saying(status=401), EngineFailed, "see to RHAPSODE_OPENAI_KEY"),
        (saying(status=403), EngineFailed, "see to RHAPSODE_OPENAI_KEY"),
        (saying(status=404), EngineFailed, "see to RHAPSODE_OPENAI_URL"),
        (saying(status=302, Location="/login"), EngineFailed, "see to RHAPSODE_OPENAI_URL"),
        (saying(b'{"detail": "Voice alloy not found."}', status=400), UnknownVoice, "not found"),
        (saying(b'{"error": {"message": "too\\nlong"}}', status=400), TextRefused, "too long"),
        (saying(status=418), EngineFailed, "status 418"),
    ],
)
def test_refusals_say_what_to_do(
    engine: OpenAiEngine, serve: Serve, answer: Callable[[Asked], bytes], error: type[Exception], said: str
) -> None:
    """One sentence, after one request."""
    server = serve(answer)
    with pytest.raises(error, match=said) as refused:
        speak(engine)
    assert refused.type is error
    assert len(server.asked) == 1


def test_what_is_prepared_is_asked_for_once(engine: OpenAiEngine, serve: Serve) -> None:
    """Several texts at once, up to what the server may be asked; each is there when its turn comes."""
    # Nobody is answered before all have asked.
    met = threading.Barrier(3, timeout=30)

    def meet(asked: Asked) -> bytes:
        met.wait()
        return spoken(asked)

    server = serve(meet, CONCURRENCY="3")
    voice = engine.list_voices()[0]
    texts = ["One.", "Two.", "Three."]
    assert engine.traits.prepares == 3
    for text in texts:
        engine.prepare(text, voice=voice, language=voice.language, settings=VoiceSettings())
    sounds = [speak(engine, text).samples for text in texts]
    assert [sound.size for sound in sounds] == [samples_of(text).size for text in texts]
    assert len(server.asked) == 3


def test_what_is_closed_leaves_no_connection(serve: Serve) -> None:
    """Whatever moment it is closed in: an open socket that nobody knows is a warning when it is forgotten."""
    serve(spoken, CONCURRENCY="4")
    for after_ms in range(0, 20, 4):
        engine = OpenAiEngine()
        settings = VoiceSettings()
        for text in ("One.", "Two."):
            engine.prepare(text, voice=engine.list_voices()[0], language="en-US", settings=settings)
        time.sleep(after_ms / 1_000)
        engine.close()
    time.sleep(0.1)
    gc.collect()


def test_trouble_with_what_is_prepared_is_told_when_it_is_asked_for(
    engine: OpenAiEngine, serve: Serve
) -> None:
    """And the next request for it is a new one."""
    serve(saying(b"nonsense"), spoken)
    voice = engine.list_voices()[0]
    engine.prepare(TEXT, voice=voice, language=voice.language, settings=VoiceSettings())
    with pytest.raises(EngineFailed, match="no WAV"):
        speak(engine)
    assert speak(engine).samples.any()


def test_what_has_nothing_to_say_is_asked_of_nobody(engine: OpenAiEngine, serve: Serve) -> None:
    """Servers make an error of it, or some sound."""
    server = serve(spoken)
    for text in (" ", "—", "…!?"):
        assert speak(engine, text).samples.size > 0
        assert not speak(engine, text).samples.any()
    assert not server.asked


def test_what_cant_be_spoken_is_refused_before(engine: OpenAiEngine, serve: Serve) -> None:
    """Unknown voices, other languages, and texts that are too long or no text."""
    server = serve(spoken)
    voice = engine.list_voices()[0]
    settings = VoiceSettings()
    for other in (replace(voice, engine="tone"), replace(voice, speaker="")):
        with pytest.raises(UnknownVoice):
            engine.synthesize(TEXT, voice=other, language="en-US", settings=settings)
    with pytest.raises(UnknownLanguage):
        engine.synthesize(TEXT, voice=voice, language="de", settings=settings)
    for text in ("x" * 2_001, "half \ud800"):
        with pytest.raises(TextRefused):
            engine.prepare(text, voice=voice, language="en-US", settings=settings)
    assert not server.asked


def test_connections_are_kept_and_closed_ones_replaced(
    engine: OpenAiEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loopback closes each behind its answer, without a word, as servers do with idle ones."""
    with speech_server(lambda asked: [spoken(asked)], monkeypatch, tmp_path) as server:
        for _ in range(3):
            assert speak(engine).samples.any()
    assert len(server.asked) == 3


def test_voices_are_those_that_are_set(
    engine: OpenAiEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what is said of them, or what the names of Kokoro's voices say; commercial use is the operator's word."""
    set_engine(
        monkeypatch,
        tmp_path,
        URL="http://127.0.0.1:9/v1/",
        VOICES="nova, bm_george, my voice=de/male/old",
        COMMERCIAL_USE="yes",
    )
    nova, george, mine = engine.list_voices()
    assert (nova.voice_id, nova.language, nova.speaker) == ("openai_nova", "mul", "nova")
    assert (george.voice_id, george.name, george.language) == ("openai_bm_george", "George", "en-GB")
    assert george.labels == {"gender": "male", "accent": "british"}
    assert mine.speaker == "my voice"
    assert mine.voice_id.startswith("openai_my-voice-")
    assert (mine.languages, mine.labels) == (("de",), {"gender": "male", "age": "old"})
    assert {voice.commercial_use for voice in (nova, george, mine)} == {"yes"}


def ids_of(engine: OpenAiEngine) -> list[VoiceId]:
    return [voice.voice_id for voice in wait_for_voices(engine)]


@pytest.mark.parametrize(
    "listed",
    [
        {"voices": ["af_bella", "af_bella", "echo"]},
        {"voices": [{"id": "af_bella", "name": "Bella"}, {"id": "echo"}]},
        {"data": [{"voice_id": "af_bella"}, {"name": "echo"}]},
        {"voices": ["af_bella", "\ud800", "x" * 30_000, "echo"]},
        ["af_bella", "echo"],
    ],
)
def test_voices_are_asked_of_the_server_and_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listed: object
) -> None:
    """Nobody waits for it; once it has answered, they are known in every process, also when it is away."""
    answer = saying(json.dumps(listed).encode())
    with speech_server(in_turn(answer), monkeypatch, tmp_path, VOICES="") as server:
        engine = OpenAiEngine()
        assert engine.list_voices() == ()
        assert ids_of(engine) == ["openai_af_bella", "openai_echo"]
        assert server.asked[0].target == "/v1/audio/voices"
        engine.close()
    assert ids_of(OpenAiEngine()) == ["openai_af_bella", "openai_echo"]


def test_without_a_server_there_is_nothing(engine: OpenAiEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """No voice, no status, and nobody's voice is spoken."""
    monkeypatch.delenv("RHAPSODE_OPENAI_URL", raising=False)
    assert engine.list_voices() == ()
    assert engine.find_status() is None
    assert not engine.traits.is_timed


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("URL", "speech.example"),
        ("URL", "http://[::1"),
        ("URL", "http://speech.example:voice"),
        ("URL", "http://speech..example"),
        ("KEY", "clé"),
        ("KEY", "a\nb"),
        ("CONCURRENCY", "0"),
        ("PRICE_PER_1000", "-1"),
        ("VOICES", "a=b/c/d/e/f"),
    ],
)
def test_a_setting_that_cant_be_used_is_named(
    engine: OpenAiEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """In one sentence."""
    set_engine(monkeypatch, tmp_path, **{"URL": "http://127.0.0.1:9", name: value})
    with pytest.raises(InvalidInput, match=f"RHAPSODE_OPENAI_{name} can't be used"):
        engine.list_voices()


def test_what_is_spoken_costs(engine: OpenAiEngine, serve: Serve) -> None:
    """Characters and sound are counted, and the price of a thousand is what the operator has set."""
    serve(spoken, PRICE_PER_1000="15")
    speak(engine)
    status = engine.find_status()
    assert status is not None
    speech = toned(TEXT)
    assert status.counters.audio_ms == round(1_000 * speech.samples.size / speech.sample_rate_hz)
    assert status.counters.cost == pytest.approx(15 * len(TEXT) / 1_000)
