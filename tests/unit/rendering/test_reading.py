"""Who reads a text, and how: what makes it stale, and what doesn't."""

from dataclasses import replace

import pytest
from tests.factories import TONE_LOW, WORKSPACE, need_espeak

from rhapsode.engines.registry import get_engine
from rhapsode.rendering.reading import Reading, make_reading, source_key_of, split_text
from rhapsode.studio.ids import VoiceId, WorkspaceId
from rhapsode.studio.pronunciation import AliasRule, PhonemeRule, PronunciationRule
from rhapsode.studio.voice import VoiceSettings
from rhapsode.voices.catalogue import engine_catalogue

SMITH = AliasRule("Smith", "Smyth")
TOMATO = PhonemeRule("tomato", "təˈmɑːtəʊ", "ipa")
TOMATO_ALIAS = AliasRule("tomato", "tomayto")
LONG = "The lamp was lit. " * 150


def reading(
    *rules: PronunciationRule,
    normalization: str = "auto",
    model_id: str | None = None,
    written_in: str = "en",
    language: str = "mul",
    pronounces: bool = True,
    settings: VoiceSettings | None = None,
    heeded: tuple[str, ...] = (),
) -> Reading:
    voice = engine_catalogue().get(TONE_LOW)
    traits = replace(get_engine(voice.engine).traits, pronounces=pronounces, heeded_settings=heeded)
    return make_reading(
        voice,
        traits,
        language,
        settings=settings or VoiceSettings(),
        rules=rules,
        normalization=normalization,
        model_id=model_id,
        written_in=written_in,
    )


def spoken(text: str, reading: Reading) -> str:
    """What is spoken for a short text."""
    (part,) = split_text(text, reading, WORKSPACE)
    return text if part.spoken_text is None else part.spoken_text


def source(
    text: str, *rules: PronunciationRule, normalization: str = "auto", pronounces: bool = True
) -> bytes:
    return source_key_of(text, reading(*rules, normalization=normalization, pronounces=pronounces))


PINNED = [
    (
        "tone_low",
        "mul",
        "It rained on the har\u00adbour.\nNobody\u200b came, “not one”.",
        "2bd35c7e46b6d9c676672384683320f895cb3cb962e940ff40bb5f9bb26bfb48",
        [(0, 51, "a0e93162ea1393e2e668c168e36694ddef8432fa686b5cade863d8978a97bc0f", (20, 1, 0, 12, 1, 0))],
    ),
    (
        "tone_low",
        "mul",
        LONG,
        "813766b2c4882b17156af0db4915d98a91891fa7c0824ba6122961f6178fd796",
        [
            (0, 1998, "bcf01dab6731b5c0f74b14f569b0dc0d168a12ba06ce6c61e0f788372d124f07", ()),
            (1998, 2700, "4508edbb2b65d5492a45abb4fa0d391542b8b6653eaffb315f5e1e92f1e34760", ()),
        ],
    ),
    (
        "espeak_alder",
        "en-US",
        LONG,
        "7b17202d8ddda3a9bf49b6b3bea4b460dd25e9afb0a3fd1702ff44bedd57ee55",
        [
            (0, 1998, "37768292a2b22e71c5f2f93c00d617da2d65de2fbe326bfc89fa1ca30f7da1e8", ()),
            (1998, 2700, "64f2df7802b07cc15908983dd32623cc70ad058ab569c978cd8ab54f0c98f038", ()),
        ],
    ),
]


@pytest.mark.parametrize(("voice_id", "language", "text", "source_key", "parts"), PINNED)
def test_a_text_that_is_spoken_as_it_is_keeps_its_keys(
    voice_id: str,
    language: str,
    text: str,
    source_key: str,
    parts: list[tuple[int, int, str, tuple[int, ...]]],
) -> None:
    """Those that the first version gave it: nothing that exists becomes stale or is spoken again."""
    if voice_id.startswith("espeak"):
        need_espeak()
    voice = engine_catalogue().get(VoiceId(voice_id))
    read = make_reading(
        voice,
        get_engine(voice.engine).traits,
        language,
        settings=VoiceSettings(),
        rules=(SMITH, TOMATO),
        normalization="auto",
        model_id="eleven_v3",
        written_in="en",
    )
    assert source_key_of(text, read).hex() == source_key
    found = split_text(text, read, WorkspaceId("pinned"))
    assert [(p.start, p.end, p.speech_key.hex(), p.spans) for p in found] == parts
    assert all(p.spoken_text is None and not p.pronunciations for p in found)


def test_only_rules_that_fit_make_a_text_stale() -> None:
    """And the order of the others doesn't matter."""
    assert source("It rained.", SMITH) == source("It rained.")
    assert source("Smith came.", SMITH) != source("Smith came.")
    assert source("Smith came.", SMITH, TOMATO) == source("Smith came.", TOMATO, SMITH)
    assert source("Smith came.", SMITH) != source("Smith came.", AliasRule("Smith", "Smythe"))
    assert source("a tomato", TOMATO) != source("a tomato", replace(TOMATO, alphabet="cmu-arpabet"))


def test_a_rule_that_an_engine_cannot_follow_is_none() -> None:
    """It makes nothing stale, and leaves its place to the next one."""
    deaf = reading(TOMATO, TOMATO_ALIAS, pronounces=False)
    assert spoken("a tomato", deaf) == "a tomayto"
    assert spoken("a tomato", reading(TOMATO, TOMATO_ALIAS)) == "a tomato"
    assert source("a tomato", TOMATO, pronounces=False) == source("a tomato", pronounces=False)


def test_a_pronunciation_is_part_of_the_speech() -> None:
    """The same word spelled the same way with other sounds is another one."""
    (plain,) = split_text("a tomato", reading(), WORKSPACE)
    (pronounced,) = split_text("a tomato", reading(TOMATO), WORKSPACE)
    assert pronounced.spoken_text is None
    assert [(p.start, p.end, p.phonemes) for p in pronounced.pronunciations] == [(2, 8, TOMATO.phoneme)]
    assert pronounced.speech_key != plain.speech_key


def test_two_ways_to_the_same_words_share_their_speech() -> None:
    """What is spoken has a key, not what was written."""
    (written,) = split_text("Smyth came.", reading(), WORKSPACE)
    (replaced,) = split_text("Smith came.", reading(SMITH), WORKSPACE)
    assert written.speech_key == replaced.speech_key
    assert (written.spoken_text, replaced.spoken_text) == (None, "Smyth came.")


def test_normalization_in_the_texts_own_language_is_the_usual() -> None:
    """To ask for it, or for English of an English text, makes nothing stale; to go without it does."""
    usual = source("5 lamps")
    assert source("5 lamps", normalization="on") == usual
    assert source("5 lamps", normalization="apply_english") == usual
    assert source("5 lamps", normalization="off") != usual


@pytest.mark.parametrize(
    ("normalization", "written_in", "language", "expected"),
    [
        ("auto", "en", "mul", "en"),
        ("on", "en", "mul", "en"),
        ("off", "en", "mul", None),
        ("auto", "de", "mul", "de"),
        ("auto", "de", "de-AT", "de-AT"),
        ("apply_english", "de", "mul", "en"),
        ("apply_english", "en_GB", "mul", "en_GB"),
        ("auto", "mul", "mul", None),
        ("apply_english", "mul", "mul", "en"),
    ],
)
def test_the_language_of_numbers(
    normalization: str, written_in: str, language: str, expected: str | None
) -> None:
    """That of the voice, or the text's own where the voice reads all; of nothing where nobody knows."""
    read = reading(normalization=normalization, written_in=written_in, language=language)
    assert read.preparation.normalized_as == expected


@pytest.mark.parametrize(
    ("model_id", "expected"),
    [
        ("eleven_v3", " Oh."),
        ("eleven_multilingual_v2", "[sighs] Oh."),
        (None, "[sighs] Oh."),
        ("x", "[sighs] Oh."),
    ],
)
def test_the_model_decides_whether_tags_are_read(model_id: str | None, expected: str) -> None:
    """Only one that takes them for directions doesn't have them read."""
    assert spoken("[sighs] Oh.", reading(model_id=model_id)) == expected


def test_settings_that_the_engine_heeds_are_the_readings() -> None:
    """Of the others nobody hears anything."""
    fast = VoiceSettings(speed=1.1, style=0.4)
    assert reading(settings=fast).settings == {}
    assert reading(settings=fast, heeded=("speed",)).settings == {"speed": 1.1}
