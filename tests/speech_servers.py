"""Speech servers on this machine, which speak with the tone, and whatever else a test has them do."""

import base64
import io
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from tests.loopback import Answer, Asked, Loopback, answering, reply

from rhapsode.engines import registry
from rhapsode.engines.engine import Engine, Speech, UntimedEngine
from rhapsode.engines.tone import ToneEngine
from rhapsode.studio.alignment import Alignment
from rhapsode.studio.voice import Voice, VoiceSettings

ALLOY = "alloy=en-US/female/young/american"


def toned(text: str, voice: str = "", speed: float = 1.0) -> Speech:
    """What these servers make of a text: a tone for each character, exactly so long; a high one for `high`."""
    tone = ToneEngine()
    low, high = tone.list_voices()
    said_by = high if voice == "high" else low
    speech = tone.synthesize(text, voice=said_by, language="mul", settings=VoiceSettings())
    if speed == 1.0:
        return speech
    places = np.arange(0, speech.samples.size, speed).astype(int)
    boundaries = (int(boundary / speed) for boundary in speech.alignment.boundaries)
    return Speech(speech.sample_rate_hz, speech.samples[places], Alignment(tuple(boundaries)))


def encoded(samples: NDArray[Any], rate_hz: int, container: str = "WAV", subtype: str = "PCM_16") -> bytes:
    """A file of sound."""
    file = io.BytesIO()
    soundfile.write(file, samples, rate_hz, format=container, subtype=subtype)
    return file.getvalue()


def spoken(asked: Asked) -> bytes:
    """The response of `/v1/audio/speech`, or of the original with the times of its characters."""
    body = json.loads(asked.body)
    if "input" in body:
        speech = toned(body["input"], body["voice"], body["speed"])
        return reply(encoded(speech.samples, speech.sample_rate_hz), Content_Type="audio/wav")
    voice = asked.target.split("/")[3]
    return reply(
        json.dumps(timed(body["text"], voice, body["voice_settings"]["speed"])).encode(),
        Content_Type="application/json",
    )


def timed(text: str, voice: str = "", speed: float = 1.0) -> dict[str, Any]:
    """What the original answers."""
    speech = toned(text, voice, speed)
    seconds = [boundary / speech.sample_rate_hz for boundary in speech.alignment.boundaries]
    return {
        "audio_base64": base64.b64encode(speech.samples.astype("<i2").tobytes()).decode(),
        "alignment": {
            "characters": list(text),
            "character_start_times_seconds": seconds[:-1],
            "character_end_times_seconds": seconds[1:],
        },
        "normalized_alignment": None,
    }


def in_turn(*answers: Callable[[Asked], bytes]) -> Answer:
    """The first request is answered by the first of them, and so on; the last answers all the rest."""
    waiting = iter(answers)
    last = answers[-1]
    return lambda asked: [next(waiting, last)(asked)]


def saying(body: bytes = b"", *, status: int = 200, **headers: str) -> Callable[[Asked], bytes]:
    """The same response to everything."""
    return lambda _: reply(body, status=status, **headers)


@contextmanager
def speech_server(
    answer: Answer, patch: pytest.MonkeyPatch, folder: Path, engine: str = "OPENAI", **settings: str
) -> Iterator[Loopback]:
    """A server that an engine is set to ask. settings: more of that engine's, such as `CONCURRENCY`."""
    with answering(answer) as server:
        set_engine(patch, folder, engine, URL=server.url, **settings)
        yield server


def set_engine(patch: pytest.MonkeyPatch, folder: Path, engine: str = "OPENAI", **settings: str) -> None:
    """Name an engine's server and what else is set of it; what is known of it is in `folder`."""
    patch.setenv("RHAPSODE_ENGINE_STATE", str(folder / "engines"))
    values = {"KEY": "a-key", **({"VOICES": ALLOY} if engine == "OPENAI" else {}), **settings}
    for name, value in values.items():
        patch.setenv(f"RHAPSODE_{engine}_{name}", value)


_LISTED = {"voices": [{"voice_id": name, "name": name.title()} for name in ("low", "high")]}


def answered(asked: Asked) -> list[bytes]:
    """All that a server that works answers: two voices, and whatever they are to say."""
    return [reply(json.dumps(_LISTED).encode()) if asked.method == "GET" else spoken(asked)]


def wait_for_voices(engine: Engine | UntimedEngine) -> Sequence[Voice]:
    """The voices of an engine, when its server was asked for them."""
    until_s = time.monotonic() + 10
    while not (voices := engine.list_voices()) and time.monotonic() < until_s:
        time.sleep(0.01)
    return voices


@contextmanager
def engines_anew() -> Iterator[None]:
    """Let this process's engines read their settings in the block, and those of the next test afterwards."""
    registry._engine_of_process.cache_clear()
    yield
    for name in ("openai", "elevenlabs"):
        registry.get_engine(name).close()
    registry._engine_of_process.cache_clear()


def samples_of(text: str) -> NDArray[np.int16]:
    """The sound of a text."""
    return toned(text).samples
