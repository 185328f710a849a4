"""Texts as the phonemes that real libraries make of them, each with its characters."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.lacking import lack
from tests.voice_graphs import piper_config

from rhapsode.engines.registry import list_engines

CHILD = Path(__file__).with_name("phonemizer_child.py")

Pairs = list[tuple[str, str]]


class Asked(NamedTuple):
    """A text, in the voice that says it."""

    text: str
    voice: str = "en-us"
    pronunciations: tuple[tuple[int, int, str], ...] = ()


def need(engine: str) -> None:
    """Skip where an engine isn't installed; in CI that is a failure."""
    if engine not in list_engines():
        lack(f"the engine {engine} is not installed")


def phonemes_of(library: str, fed: str, asked: Sequence[Asked]) -> list[list[Pairs]]:
    """For each text its sentences, as pairs of phonemes and the characters they stand for."""
    need("piper" if library == "piper" else "kokoro")
    lines = [json.dumps({"library": library, "fed": fed, **each._asdict()}) for each in asked]
    command = [sys.executable, "-P", str(CHILD)]
    ran = subprocess.run(
        command, input="\n".join(lines), capture_output=True, text=True, check=True, timeout=60
    )
    return [
        [[(said, each.text[start:end]) for said, (start, end) in sentence] for sentence in json.loads(line)]
        for each, line in zip(asked, ran.stdout.splitlines(), strict=True)
    ]


def words(sentences: list[Pairs]) -> Pairs:
    """Without what stands between words."""
    return [pair for sentence in sentences for pair in sentence if any(map(str.isalpha, pair[0]))]


@pytest.fixture(scope="module")
def piper() -> dict[str, list[Pairs]]:
    """By text, what Piper's library makes of it."""
    asked = [
        Asked("It was the best of times, in 1859. Was it (once)?"),
        Asked("He said [[h@l'oU]] and <b>left</b>."),
        Asked("Er kaufte 25 Äpfel.", "de"),
        Asked("L\u2019homme qu\u2019il a vu.", "fr"),
        Asked("你好。", "cmn"),
        Asked("नमस्ते दुनिया।", "hi"),
        Asked("مرحبا بالعالم", "ar"),
        Asked("e\u0301te\u0301 naïve", "fr"),
        Asked("A", "en-us"),
        Asked("\x01\x00 \n—", "en-us"),
        Asked("A tomato fell.", "en-us", ((2, 8, "boʊt"),)),
        Asked("Was the end near?", "en-us", ((4, 7, "bi"),)),
        Asked("It was the best of times, in 1859. Was it (once)?"),
    ]
    found = phonemes_of("piper", "sentences", asked)
    assert found[0] == found[-1]
    return {each.text: sentences for each, sentences in zip(asked, found, strict=True)}


def test_every_word_has_its_own_phonemes(piper: dict[str, list[Pairs]]) -> None:
    """Also those that are run together, and a number that is read as five words."""
    first, second = piper["It was the best of times, in 1859. Was it (once)?"]

    assert first == [
        ("ɪt", "It"),
        (" ", " "),
        ("wʌz", "was"),
        ("ðə", "the"),
        (" ", " "),
        ("bˈɛst", "best"),
        (" ", " "),
        ("ʌv", "of"),
        (" ", " "),
        ("tˈaɪmz", "times"),
        (", ", ", "),
        ("ɪn", "in"),
        (" ", " "),
        ("wˈʌn θˈaʊzənd ˈeɪthˈʌndɹɪd fˈɪfti nˈaɪn", "1859"),
        (".", ". "),
    ]
    assert [text for _, text in words([second])] == ["Was", "it", "once"]
    assert second[-1] == ("?", ")?")


def test_markup_is_read_as_it_is_spelled(piper: dict[str, list[Pairs]]) -> None:
    """Double brackets are no phonemes, and tags are letters."""
    found = words(piper["He said [[h@l'oU]] and <b>left</b>."])

    assert ("sˈɛd", "said") in found
    assert {"h", "left"} <= {text for _, text in found}
    assert "həlˈoʊ" not in [said for said, _ in found]
    assert ("bˈiː", "b") in found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Er kaufte 25 Äpfel.", ["Er", "kaufte", "25", "Äpfel"]),
        ("L\u2019homme qu\u2019il a vu.", ["L\u2019homme", "qu\u2019il", "a", "vu"]),
        ("नमस्ते दुनिया।", ["नमस्ते", "दुनिया"]),
        ("مرحبا بالعالم", ["مرحبا", "بالعالم"]),
        ("e\u0301te\u0301 naïve", ["e\u0301te\u0301", "naïve"]),
        ("你好。", ["你好"]),
        ("A", ["A"]),
    ],
)
def test_words_of_other_languages_have_their_places(
    piper: dict[str, list[Pairs]], text: str, expected: list[str]
) -> None:
    """Letters with marks of their own, and scripts without spaces."""
    assert [word for _, word in words(piper[text])] == expected


def test_nothing_is_said_of_controls(piper: dict[str, list[Pairs]]) -> None:
    """They neither end the text nor command anything."""
    assert words(piper["\x01\x00 \n—"]) == []


def test_a_pronunciation_stands_in_place_of_a_word(piper: dict[str, list[Pairs]]) -> None:
    """Also of one that is run together with its neighbour."""
    assert ("boʊt", "tomato") in words(piper["A tomato fell."])
    assert ("bi", "the") in words(piper["Was the end near?"])
    assert "end" in [word for _, word in words(piper["Was the end near?"])]


def said_by(script: str, texts: Sequence[str]) -> list[str]:
    """What a library makes of texts, of which `script` maps each, `t`, to its phonemes."""
    code = f"import json, sys; {script}; print(json.dumps([said(t) for t in json.load(sys.stdin)]))"
    ran = subprocess.run(
        [sys.executable, "-P", "-c", code],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    found: list[str] = json.loads(ran.stdout)
    return found


def said_by_us(library: str, fed: str, texts: Sequence[str]) -> list[str]:
    """The same, as it is done here."""
    found = phonemes_of(library, fed, [Asked(text) for text in texts])
    return ["".join(said for sentence in sentences for said, _ in sentence) for sentences in found]


TEXTS = (
    "“Well,” she said; no. It was 3:30, wasn't it?",
    "One — two… three\nfour: five!",
    "(At 1,000.5 of them [all] were well-known.)",
    "Hello: a",
)


def test_sentences_are_those_that_piper_feeds_its_voices() -> None:
    """Every symbol, as piper-tts itself makes them."""
    script = (
        "from piper.phonemize_espeak import EspeakPhonemizer; p = EspeakPhonemizer();"
        "said = lambda t: ''.join(map(''.join, p.phonemize('en-us', t)))"
    )

    assert said_by_us("piper", "sentences", TEXTS) == said_by(script, TEXTS)


def test_arabic_is_read_with_its_vowels() -> None:
    """As piper-tts reads it; each word has its own phonemes, also where the text has some vowels already."""
    texts = (" مرحبا بالعالم، كَيف الحال؟", "هذا كتابٌ جديد.")
    script = (
        "from piper.config import PiperConfig; from piper.voice import PiperVoice;"
        f"config = PiperConfig.from_dict({piper_config(espeak_voice='ar')!r});"
        "voice = PiperVoice(None, config); said = lambda t: ''.join(map(''.join, voice.phonemize(t)))"
    )
    found = phonemes_of("piper", "sentences", [Asked(text, "ar") for text in texts])

    assert ["".join(said for pairs in each for said, _ in pairs) for each in found] == said_by(script, texts)
    assert [word for _, word in words(found[0])] == ["مرحبا", "بالعالم", "كَيف", "الحال"]
    assert [word for _, word in words(found[1])] == ["هذا", "كتابٌ", "جديد"]


def test_lines_are_those_that_kokoro_is_fed() -> None:
    """Every symbol, as kokoro-onnx itself makes them."""
    need("kokoro")
    from rhapsode.engines.kokoro.vocabulary import vocabulary_of

    script = (
        "from kokoro_onnx.tokenizer import Tokenizer; tokenizer = Tokenizer();"
        "said = lambda t: ' '.join(tokenizer.phonemize(t.replace(chr(10), ' '), 'en-us').split())"
    )
    known = vocabulary_of({})
    ours = [
        "".join(symbol for symbol in line if symbol in known) for line in said_by_us("espeak", "line", TEXTS)
    ]

    assert ours == said_by(script, TEXTS)


def test_lines_keep_their_punctuation() -> None:
    """As Kokoro was trained: every mark with its own place, and no space twice."""
    (first,), (second,) = phonemes_of(
        "espeak",
        "line",
        [
            Asked("“Well,” he said —  (at 1,000.5).\n\nWas the end near?"),
            Asked("A tomato.", pronunciations=((2, 8, "bo"),)),
        ],
    )

    assert (
        "".join(said for said, _ in first)
        == "“wˈɛl,” hiː sˈɛd — (æt wˈʌn θˈaʊzənd pɔɪnt fˈaɪv). wʌzðɪ ˈɛnd nˈɪɹ?"
    )
    assert ("wʌz", "Was") in first
    assert ("ðɪ", "the") in first
    assert (",", ",") in first
    assert ("bo", "tomato") in second


@pytest.mark.parametrize("library", ["piper", "espeak"])
def test_how_high_a_voice_is_decides_nothing(library: str) -> None:
    """What is read in espeak's highest voice has the phonemes and places that it has in a low one."""
    texts = {
        "en-us": "It was in the harbour, at noon: “Go,” he said.",
        "de": "Er hat 25 Äpfel in der Tasche.",
    }
    high = phonemes_of(library, "sentences", [Asked(text, voice) for voice, text in texts.items()])
    low = phonemes_of(library, "sentences", [Asked(text, f"{voice}+m1") for voice, text in texts.items()])

    assert high == low
    assert all(words(sentences) for sentences in high)
