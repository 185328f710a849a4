"""Kokoro's engine over a small model of our own, which is loaded and run as the real one is."""

import functools
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.kokoro_graphs import RATE_HZ, kokoro_files, kokoro_graph, tone_hz, write_styles
from tests.voice_graphs import need_engine, piper_graph

from rhapsode.engines.engine import Speech, UntimedSpeech
from rhapsode.studio.errors import UnknownLanguage, UnknownVoice, VoiceRefused
from rhapsode.studio.ids import VoiceId
from rhapsode.studio.pronunciation import Pronunciation
from rhapsode.studio.voice import Voice, VoiceSettings

if TYPE_CHECKING:
    from rhapsode.engines.kokoro import KokoroEngine

TEXT = "The boats were late, in 1859; was the end (so) near?"


@pytest.fixture(scope="module")
def engine() -> "Iterator[KokoroEngine]":
    """One for all tests: a child takes a second to start."""
    need_engine("kokoro")
    from rhapsode.engines.kokoro import KokoroEngine

    engine = KokoroEngine()
    yield engine
    engine.close()


def voice(speaker: str = "af_heart", language: str = "en-US") -> Voice:
    """A voice as it is read from the files."""
    return Voice(VoiceId(f"kokoro_{speaker}"), speaker, "kokoro", language, (language,), speaker=speaker)


def say(
    engine: "KokoroEngine",
    text: str = TEXT,
    files: Mapping[str, Path] | None = None,
    speaker: str = "af_heart",
    speed: float = 1.0,
    pronunciations: tuple[Pronunciation, ...] = (),
) -> Speech | UntimedSpeech:
    """What the engine says."""
    return engine.synthesize(
        text,
        voice=voice(speaker),
        language="en-US",
        settings=VoiceSettings(speed=speed),
        pronunciations=pronunciations,
        files=kokoro_files().files if files is None else files,
    )


def timed(speech: Speech | UntimedSpeech) -> Speech:
    """Speech that knows its times."""
    assert isinstance(speech, Speech)
    return speech


def heard_hz(samples: NDArray[np.int16]) -> float:
    """The tone in some samples: where their spectrum is highest."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(samples.size), 2**16))
    return float(np.argmax(spectrum)) * RATE_HZ / 2**16


def sound_of(speech: Speech, text: str, word: str) -> NDArray[np.int16]:
    """What is heard where a word is said to be."""
    start = text.index(word)
    bounds = speech.alignment.boundaries
    return speech.samples[bounds[start] : bounds[start + len(word)]]


def test_every_word_is_where_its_phonemes_are_heard(engine: "KokoroEngine") -> None:
    """The tone of its first phoneme at its beginning, and silence where punctuation stands."""
    speech = timed(say(engine))

    for word, first in (
        ("boats", "b"),
        ("late", "l"),
        ("1859", "w"),
        ("was", "w"),
        ("the", "ð"),
        ("near", "n"),
    ):
        beginning = sound_of(speech, TEXT, word)
        assert heard_hz(beginning[600:1200]) == pytest.approx(tone_hz(first), abs=25), word
    assert not sound_of(speech, TEXT, ", ").any()


def test_silence_around_speech_is_cut_and_no_place_is_lost(engine: "KokoroEngine") -> None:
    """The model's 0.3 s on both sides are gone but for 40 ms, and the first word begins with the sound."""
    speech = timed(say(engine, "boat"))

    loud = np.flatnonzero(np.abs(speech.samples.astype(np.int32)) > 300)
    assert loud[0] == pytest.approx(960, abs=20)
    assert speech.samples.size - loud[-1] == pytest.approx(960, abs=20)
    assert speech.alignment.boundaries[0] == 0
    assert speech.alignment.boundaries[-1] == speech.samples.size


@pytest.mark.parametrize(
    "files",
    [{"tells": "clip"}, {"tokens": "input_ids", "tells": "pred_dur"}, {"whole_speeds": True}],
    ids=["the-published-graph", "another-export", "whole-speeds"],
)
def test_every_export_says_the_same(engine: "KokoroEngine", files: Mapping[str, Any]) -> None:
    """Whatever its inputs are called, and whether it has an output for its durations."""
    usual = timed(say(engine))
    other = timed(say(engine, files=kokoro_files(**files).files))

    assert np.array_equal(usual.samples, other.samples)
    assert usual.alignment == other.alignment


def test_a_model_without_durations_leaves_its_timing_to_the_aligner(engine: "KokoroEngine") -> None:
    """The same sound, as speech without an alignment."""
    untimed = say(engine, files=kokoro_files(tells="nothing").files)

    assert isinstance(untimed, UntimedSpeech)
    assert np.array_equal(untimed.samples, say(engine).samples)


def test_voices_sound_like_themselves(engine: "KokoroEngine") -> None:
    """The style of the one that was chosen is used, and another is refused."""
    low = timed(say(engine, "boat"))
    high = timed(say(engine, "boat", speaker="bf_emma"))

    assert heard_hz(low.samples[1000:1600]) == pytest.approx(tone_hz("b"), abs=25)
    assert not np.array_equal(low.samples, high.samples)
    with pytest.raises(UnknownVoice):
        say(engine, "boat", speaker="am_nobody")


def test_a_text_longer_than_the_model_can_take_is_cut_and_joined(engine: "KokoroEngine") -> None:
    """Each word is still where it is heard, up to the last."""
    text = "The boats were late, and nobody knew. " * 40 + "Near."
    speech = timed(say(engine, text))

    assert speech.alignment.character_count == len(text)
    ending = sound_of(speech, text, "Near")
    assert heard_hz(ending[600:1200]) == pytest.approx(tone_hz("n"), abs=25)
    assert text.count("boats") == 40
    starts = [i for i in range(len(text)) if text.startswith("boats", i)]
    bounds = speech.alignment.boundaries
    lengths = {bounds[i + 5] - bounds[i] for i in starts}
    assert max(lengths) - min(lengths) <= 2


def test_speed_is_heeded(engine: "KokoroEngine") -> None:
    """Faster is shorter, in about that measure."""
    slow, fast = say(engine, speed=0.8), say(engine, speed=1.2)

    assert slow.samples.size / fast.samples.size == pytest.approx(1.5, rel=0.15)


def test_a_pronunciation_is_heard_in_its_place(engine: "KokoroEngine") -> None:
    """With the tones of its own sounds."""
    start = TEXT.index("boats")
    speech = timed(say(engine, pronunciations=(Pronunciation(start, start + 5, "n\u0259"),)))

    assert heard_hz(sound_of(speech, TEXT, "boats")[600:1200]) == pytest.approx(tone_hz("n"), abs=25)
    assert heard_hz(sound_of(speech, TEXT, "were")[600:1200]) == pytest.approx(tone_hz("w"), abs=25)


def test_an_ending_follows_the_sounds_of_a_pronunciation(engine: "KokoroEngine") -> None:
    """Not those of the word as it is spelled."""
    text = "Ida's boat"
    speech = timed(say(engine, text, pronunciations=(Pronunciation(0, 3, "n\u0259"),)))

    word = sound_of(speech, text, "Ida's")
    assert heard_hz(word[-1200:-600]) == pytest.approx(tone_hz("z"), abs=25)


def test_of_marks_alone_nothing_is_said(engine: "KokoroEngine") -> None:
    """A model would make up some sound for them."""
    assert not say(engine, "… — !").samples.any()


def test_files_say_which_voices_they_make(engine: "KokoroEngine") -> None:
    """Language, accent and gender by the name; Japanese is left out, which espeak-ng has other phonemes for."""
    voices = {found.speaker: found for found in engine.read_voices(kokoro_files().files)}

    assert set(voices) == {"af_heart", "bf_emma"}
    emma = voices["bf_emma"]
    assert (emma.voice_id, emma.name, emma.language) == ("kokoro_bf_emma", "Emma", "en-GB")
    assert emma.labels == {"gender": "female", "accent": "british"}
    assert emma.license == ""
    assert emma.commercial_use == "unknown"


def test_a_language_that_a_voice_does_not_speak_is_refused(engine: "KokoroEngine") -> None:
    """Kokoro's voices speak their own."""
    with pytest.raises(UnknownLanguage):
        engine.synthesize(
            "Guten Tag.", voice=voice(), language="de", settings=VoiceSettings(), files=kokoro_files().files
        )


@pytest.mark.parametrize(
    ("names", "shape", "reason"),
    [
        (["af_heart"], (510, 1, 128), "af_heart has the shape"),
        (["jf_alpha"], (510, 1, 256), "no voice of a language"),
        ([], (1,), "it has no voice"),
    ],
)
def test_styles_that_are_not_kokoros_are_refused(
    engine: "KokoroEngine", names: list[str], shape: tuple[int, ...], reason: str, tmp_path: Path
) -> None:
    """With what is wrong with them, before the model is looked at."""
    styles = tmp_path / "voices.bin"
    write_styles(styles, names, shape=shape)

    with pytest.raises(VoiceRefused, match=reason):
        engine.read_voices({**kokoro_files().files, "styles": styles})


def test_what_is_no_file_of_styles_is_refused(engine: "KokoroEngine", tmp_path: Path) -> None:
    """Also where there is none."""
    styles = tmp_path / "voices.bin"
    styles.write_bytes(b"nothing")

    with pytest.raises(VoiceRefused, match=r"voices\.bin can't be read"):
        engine.read_voices({**kokoro_files().files, "styles": styles})
    with pytest.raises(VoiceRefused, match="missing is the styles"):
        engine.read_voices({"model": kokoro_files().model})


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (piper_graph, "not Kokoro: it has no input 'input_ids'"),
        (lambda: b"nothing", "no ONNX graph"),
        (functools.partial(kokoro_graph, vocabulary="[]"), "no vocabulary"),
    ],
    ids=["of-piper", "nothing", "without-vocabulary"],
)
def test_a_model_that_is_not_kokoro_is_refused(
    engine: "KokoroEngine", make: Callable[[], bytes], reason: str, tmp_path: Path
) -> None:
    """Which file, and what is wrong with it."""
    model = tmp_path / "model.onnx"
    model.write_bytes(make())

    with pytest.raises(VoiceRefused, match=f"model.onnx .*{reason}"):
        say(engine, files={**kokoro_files().files, "model": model})


def test_a_model_brings_its_own_vocabulary(engine: "KokoroEngine", tmp_path: Path) -> None:
    """With numbers of its own, so other tones; what it doesn't have is left out."""
    model = tmp_path / "model.onnx"
    model.write_bytes(kokoro_graph(vocabulary=json.dumps({"b": 100, "t": 101})))
    files = {**kokoro_files().files, "model": model}

    speech = timed(say(engine, "boat", files=files))

    assert heard_hz(speech.samples[1000:1600]) == pytest.approx(240 + 20 * 100, abs=25)
