"""What is noticed of speech, and what isn't: made of real speech, which is cut, doubled and silenced here."""

import functools

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.factories import need_espeak

from rhapsode.audio.flaws import FLAWS, find_flaws, severity
from rhapsode.audio.pace import PACE_PARTS, Pace, pace_of
from rhapsode.engines.registry import get_engine
from rhapsode.studio.voice import VoiceSettings

TEXT = (
    "The keeper of the light had counted seven boats that morning, and in the evening he counted six. "
    "He waited until the tide turned; then he put on his coat, took the lantern from its hook, and went down."
)
RATE_HZ = 22_050
SECOND = RATE_HZ


@functools.cache
def spoken(text: str, language: str = "en-US") -> NDArray[np.int16]:
    """What espeak says, which is free of flaws."""
    need_espeak()
    engine = get_engine("espeak")
    voice = engine.list_voices()[0]
    return engine.synthesize(text, voice=voice, language=language, settings=VoiceSettings()).samples


def flaws(samples: NDArray[np.int16], text: str = TEXT, pace: Pace | None = None) -> tuple[str, ...]:
    return find_flaws(samples, RATE_HZ, text, pace or Pace())


def known_pace() -> Pace:
    """As many parts as it takes, all as fast as this text is spoken."""
    one = pace_of(TEXT.replace("seven", "some"), spoken(TEXT).size / RATE_HZ)
    return Pace(PACE_PARTS, one.log_sum * PACE_PARTS, one.log_square_sum * PACE_PARTS)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (TEXT, "en-US"),
        ("I", "en-US"),
        ("…", "en-US"),
        ("* * *", "en-US"),
        ("Ha ha ha ha! Ha ha ha ha ha ha ha ha! Ha ha ha ha ha ha ha!", "en-US"),
        ("Row, row, row your boat, gently down the stream. Row, row, row your boat, gently home.", "en-US"),
        (
            "“I know him,” said Mister Pask. “five forty in the morning, and I’m going down to put it out, and a man "
            "comes up the slip on his hands and knees. Hadn’t a word that I could use. I gave him my coat. But I’d "
            "sixty-three more to put out, so I took him along.” He turned the cap around. “He carried the ladder. I "
            "sang, same as I always do. By noon he was on the Portland boat.”",
            "en-US",
        ),
        ("NATO, the BBC, the WWF and the FBI met Dr. No at 10:45 p.m. on 3/4/1999 in the U.S.A.", "en-US"),
        ("1,111,111 and 2,222,222 make 3,333,333; π is 3.14159265358979.", "en-US"),
        ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "en-US"),
        ("He wrote ἄνδρα μοι ἔννεπε on the wall, and left; nobody there could read a word of it.", "en-US"),
        ("老房子在河边，那里已经没有人住了。", "zh"),
        ("오래된 집은 강가에 서 있고, 이제 그곳에는 아무도 살지 않는다.", "ko"),
        ("पुराना घर नदी के किनारे खड़ा है, और वहाँ अब कोई नहीं रहता।", "hi"),
    ],
)
def test_nothing_is_wrong_with_speech_as_it_should_be(text: str, language: str) -> None:
    """However short, odd or repetitive its text is."""
    assert flaws(spoken(text, language), text) == ()


def test_silence_is_noticed_where_there_is_something_to_say() -> None:
    """Also where it isn't quite nothing, and no samples at all are silent too."""
    hiss = np.random.default_rng(7).integers(-20, 20, 9 * SECOND).astype(np.int16)

    assert flaws(hiss) == flaws(np.zeros(SECOND, np.int16)) == flaws(np.zeros(0, np.int16)) == ("silent",)
    assert flaws(np.zeros(SECOND, np.int16), "— … !") == ()


def test_most_of_a_text_that_is_swallowed_is_noticed() -> None:
    """By far sooner where the pace of the voice is known."""
    samples = spoken(TEXT)
    half = samples[: samples.size // 2]

    assert flaws(samples[: samples.size // 4]) == ("short",)
    assert flaws(half) == ()
    assert flaws(half, pace=known_pace()) == ("short",)
    assert flaws(samples, pace=known_pace()) == ()


def test_rambling_on_is_noticed() -> None:
    """Whatever is said beside the text; without a pace, when no voice would take so long."""
    other = spoken(
        "Somebody else had gone to the market to buy a goose, and came back with a goat and a song."
    )
    more = spoken("A goat is a great help on a boat; it eats what nobody else would, and is never seasick.")
    samples = np.concatenate([spoken(TEXT), other])
    rambling = np.concatenate([samples, more, spoken("Nor is there any better company on a lonely rock.")])

    assert flaws(samples, pace=known_pace()) == ()
    assert flaws(rambling, pace=known_pace()) == ("long",)
    assert flaws(rambling) == ()
    assert flaws(rambling, "The keeper of the light.") == ("long",)


@pytest.mark.parametrize(
    "said_twice", ["counted seven boats that morning,", "He waited until the tide turned;"]
)
def test_a_stretch_that_is_said_twice_is_noticed(said_twice: str) -> None:
    """Said by the engine again, with other stress, and not only copied; unless the text says it twice."""
    twice = TEXT.replace(said_twice, f"{said_twice} {said_twice}")

    assert flaws(spoken(twice)) == ("repeated",)
    assert flaws(spoken(twice), twice) == ()


def test_a_copied_stretch_is_noticed_wherever_it_begins() -> None:
    """It need not begin with a word."""
    samples = spoken(TEXT)
    for start in range(0, samples.size - 3 * SECOND, 2 * SECOND + 777):
        end = start + 2 * SECOND
        assert flaws(np.concatenate([samples[:end], samples[start:end], samples[end:]])) == ("repeated",)


def test_a_sound_that_is_held_is_noticed() -> None:
    """For longer than anybody holds one; silence is no sound."""
    samples = spoken(TEXT)
    cut = samples.size // 2
    wave = (8_000 * np.sin(np.arange(3 * SECOND) * 2 * np.pi * 180 / RATE_HZ)).astype(np.int16)
    rest = np.zeros(3 * SECOND, np.int16)

    assert flaws(np.concatenate([samples[:cut], wave, samples[cut:]])) == ("repeated",)
    assert flaws(np.concatenate([samples[:cut], rest, samples[cut:]])) == ()


def test_a_wave_without_its_top_is_noticed() -> None:
    """A voice that is loud and touches full scale now and then is not."""
    samples = spoken(TEXT).astype(np.int32)
    loud = (samples * (32_767 / np.abs(samples).max())).astype(np.int16)

    assert flaws(np.clip(samples * 12, -32_768, 32_767).astype(np.int16)) == ("clipped",)
    assert flaws(loud) == ()


def test_one_bad_flaw_is_worse_than_two_that_are_not() -> None:
    """So the best of several readings isn't one of silence."""
    assert severity(()) < severity(("clipped",)) < severity(("long", "clipped")) < severity(("silent",))
    assert severity(FLAWS) == (True,) * len(FLAWS)
