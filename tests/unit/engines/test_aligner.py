"""Forced alignment, of one espeak voice by another: what is true is known to the sample."""

import re
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.factories import need_espeak

from rhapsode.engines import tone
from rhapsode.engines.aligner import align, align_reading
from rhapsode.engines.engine import Engine, Speech
from rhapsode.studio.voice import VoiceSettings
from rhapsode.voices.catalogue import engine_catalogue

pytestmark = pytest.mark.slow

Samples = NDArray[np.int16]
TEXT = (
    "The harbour was quiet when Ida came down the steps, and the lamps along the quay had only just been lit. "
    "Nobody had told her that the boat would be late; nobody, it seemed, ever told her anything. "
    "They had not. “Come before the tide turns,” it said, “and bring the key.” Out on the water a bell rang twice."
)
OTHER = (
    "Grain is weighed in the morning and paid for in the evening. Each sack has a number, which is written on "
    "the board, and whoever carries it may not carry another before the clerk has looked up from his book."
)
SpeakAs = Callable[..., Speech]


@pytest.fixture(scope="module")
def speak_as() -> Iterator[SpeakAs]:
    """Speak a text as one of espeak's voices."""
    need_espeak()
    from rhapsode.engines.espeak import EspeakEngine

    engine: Engine = EspeakEngine()

    def speak(text: str, voice: str = "espeak_alder", speed: float = 1.0, language: str = "en-US") -> Speech:
        settings = VoiceSettings(speed=speed)
        return engine.synthesize(
            text, voice=engine_catalogue().get(voice), language=language, settings=settings
        )

    yield speak
    engine.close()


def with_noise(samples: Samples, *, snr_db: float) -> Samples:
    """As it would sound beside a fan."""
    speech = samples[samples != 0].astype(float)
    level = np.sqrt(np.mean(speech**2) / 10 ** (snr_db / 10))
    noise = np.random.default_rng(7).normal(0, level, samples.size)
    return np.clip(samples + noise, -(2**15), 2**15 - 1).astype(np.int16)


def word_error_ms(found: tuple[int, ...], true: tuple[int, ...], rate_hz: int, text: str = TEXT) -> float:
    """How far the beginnings of words are from where they are, on average."""
    starts = [
        index for index, here in enumerate(text) if here.isalnum() and (index == 0 or text[index - 1] == " ")
    ]
    return float(np.mean([abs(found[index] - true[index]) for index in starts])) / rate_hz * 1000


@pytest.mark.parametrize(
    ("voice", "speed", "snr_db"),
    [
        ("espeak_birch", 1.0, None),
        ("espeak_cedar", 1.2, None),
        ("espeak_birch", 0.8, None),
        ("espeak_rowan", 1.0, 20.0),
    ],
)
def test_words_are_found_within_milliseconds(
    speak_as: SpeakAs, voice: str, speed: float, snr_db: float | None
) -> None:
    """Whoever reads, faster, slower or beside a noise; the mean of 60 words."""
    reading = speak_as(TEXT, voice, speed)
    samples = reading.samples if snr_db is None else with_noise(reading.samples, snr_db=snr_db)

    found = align(samples, reading.sample_rate_hz, TEXT, "en-US", lambda text, _: speak_as(text))

    assert found.character_count == len(TEXT)
    assert word_error_ms(found.boundaries, reading.alignment.boundaries, reading.sample_rate_hz) < 8


def test_silence_around_a_reading_belongs_to_no_word(speak_as: SpeakAs) -> None:
    """Two seconds before it and three behind it move everything by two seconds."""
    reading = speak_as("The tide is out.", "espeak_birch")
    rate_hz = reading.sample_rate_hz
    samples = np.concatenate(
        [np.zeros(2 * rate_hz, np.int16), reading.samples, np.zeros(3 * rate_hz, np.int16)]
    )

    found = align(samples, rate_hz, "The tide is out.", "en-US", lambda text, _: speak_as(text)).boundaries

    assert found[0] == pytest.approx(2 * rate_hz, abs=0.03 * rate_hz)
    assert found[-1] < 3.6 * rate_hz


def test_a_pause_that_only_the_recording_has_is_found(speak_as: SpeakAs) -> None:
    """Words before it end before it, and the next begins behind it."""
    first, second = speak_as("The tide is out.", "espeak_birch"), speak_as("The bell rang.", "espeak_birch")
    rate_hz = first.sample_rate_hz
    samples = np.concatenate([first.samples, np.zeros(2 * rate_hz, np.int16), second.samples])
    text = "The tide is out. The bell rang."

    found = align(samples, rate_hz, text, "en-US", lambda text, _: speak_as(text)).boundaries

    assert found[text.index("out")] < first.samples.size
    assert found[text.index("The bell")] == pytest.approx(
        first.samples.size + 2 * rate_hz, abs=0.05 * rate_hz
    )


def test_another_text_has_a_greater_loss(speak_as: SpeakAs) -> None:
    """Where half of the text is another one, that half is what doesn't fit."""
    reading = speak_as(TEXT, "espeak_rowan")
    changed = TEXT[:150] + OTHER[:150]

    right = align_reading(
        reading.samples, reading.sample_rate_hz, TEXT, "en-US", lambda text, _: speak_as(text)
    )
    wrong = align_reading(
        reading.samples, reading.sample_rate_hz, changed, "en-US", lambda text, _: speak_as(text)
    )

    assert len(right.losses) == len(TEXT)
    assert np.mean(wrong.losses[:120]) < 1.3 * np.mean(right.losses[:120])
    assert np.mean(wrong.losses[180:]) > 1.5 * np.mean(right.losses[180:])


@pytest.mark.parametrize("voice", ["espeak_rowan", "espeak_willow"])
def test_a_wrong_word_stands_out(speak_as: SpeakAs, voice: str) -> None:
    """Its loss is the greatest of all, twice that of the word that is said there; the others keep theirs."""
    reading = speak_as(TEXT, voice)
    right, wrong = (
        align_reading(
            reading.samples, reading.sample_rate_hz, text, "en-US", lambda text, _: speak_as(text)
        ).losses
        for text in (TEXT, TEXT.replace("harbour", "factory").replace("late", "blue"))
    )

    said: list[tuple[float, float]] = []
    elsewhere: list[tuple[float, float]] = []
    for found in re.finditer(r"\w\w\w+", TEXT):
        one, other = (float(np.mean(losses[found.start() : found.end()])) for losses in (right, wrong))
        (said if found.group() in ("harbour", "late") else elsewhere).append((one, other))
    assert all(other > 2 * one for one, other in said)
    assert min(other for _, other in said) > np.percentile([other for _, other in elsewhere], 90)
    assert np.median([other / one for one, other in elsewhere]) < 1.05


@pytest.mark.parametrize("kept", [slice(0, 2), slice(1, 3), slice(0, 3, 2)], ids=["last", "first", "middle"])
def test_a_sentence_that_only_one_of_them_has_leaves_the_others_where_they_are(
    speak_as: SpeakAs, kept: slice
) -> None:
    """Left out by the reader, or by the text; three of four of the words beside it are not moved by 30 ms."""
    sentences = ["The harbour was quiet when Ida came. ", "Nobody had told her of it! ", "A bell rang twice."]
    whole = speak_as("".join(sentences), "espeak_birch")
    part = speak_as("".join(sentences[kept]), "espeak_birch")
    for recorded, spoken, text in (
        (whole, sentences, sentences[kept]),
        (part, sentences[kept], sentences),
    ):
        found = align(
            recorded.samples,
            recorded.sample_rate_hz,
            "".join(text),
            "en-US",
            lambda text, _: speak_as(text),
        )
        errors_ms = []
        for sentence in sentences[kept]:
            here, there = "".join(text).index(sentence), "".join(spoken).index(sentence)
            starts = [match.start() for match in re.finditer(r"\w+", sentence)]
            errors_ms += [
                abs(found.boundaries[here + at] - recorded.alignment.boundaries[there + at])
                / recorded.sample_rate_hz
                * 1000
                for at in starts
            ]
        assert np.percentile(errors_ms, 75) < 30


def test_a_child_is_read_along_with_as_a_child(speak_as: SpeakAs) -> None:
    """Their resonances are a third higher than the reader's, and 20 ms became 3 ms when that was heeded."""
    reading = speak_as(TEXT, "espeak_aspen")

    found = align(reading.samples, reading.sample_rate_hz, TEXT, "en-US", lambda text, _: speak_as(text))

    assert word_error_ms(found.boundaries, reading.alignment.boundaries, reading.sample_rate_hz) < 6


def test_any_sound_and_any_text_give_an_alignment(speak_as: SpeakAs) -> None:
    """Silence, one sample, noise, a text without a word: every character has a place in the sound."""
    sounds = [
        np.zeros(8_000, np.int16),
        np.ones(1, np.int16),
        np.random.default_rng(5).integers(-9_000, 9_000, 30_000).astype(np.int16),
    ]
    for samples in sounds:
        for text in ("a", "?! —", "The tide is out.", "\n "):
            found = align_reading(samples, 16_000, text, "en-US", lambda text, _: speak_as(text))
            assert found.alignment.character_count == len(text) == len(found.losses)
            assert found.alignment.boundaries[-1] <= samples.size
            assert np.isfinite(found.losses).all()


def test_a_long_text_is_read_in_pieces(speak_as: SpeakAs) -> None:
    """More than an engine takes at once; a minute into it words are as near as at its beginning."""
    text = " ".join([TEXT] * 8)
    pieces = [speak_as(TEXT + " " * (number < 7), "espeak_cedar") for number in range(8)]
    starts = np.cumsum([0, *(piece.samples.size for piece in pieces)])
    true = [
        start + place
        for start, piece in zip(starts, pieces, strict=False)
        for place in piece.alignment.boundaries[:-1]
    ]
    samples = np.concatenate([piece.samples for piece in pieces])

    found = align(samples, pieces[0].sample_rate_hz, text, "en-US", lambda text, _: speak_as(text))

    assert word_error_ms(found.boundaries, (*true, samples.size), pieces[0].sample_rate_hz, text) < 8


def test_the_voice_that_reads_along_need_not_be_a_real_one() -> None:
    """Of a reading by the voice itself every place is found to the frame."""
    engine = tone.ToneEngine()
    voice = engine.list_voices()[0]

    def speak(text: str, language: str) -> Speech:
        return engine.synthesize(text, voice=voice, language=language, settings=VoiceSettings())

    reading = speak("The tide is out.", "mul")
    found = align(reading.samples, reading.sample_rate_hz, "The tide is out.", "mul", speak)

    error = np.abs(np.array(found.boundaries) - np.array(reading.alignment.boundaries))
    assert error.max() <= 0.015 * reading.sample_rate_hz
