"""Which language a tag asks for."""

import pytest

from rhapsode.engines.languages import ANY_LANGUAGE, resolve_language
from rhapsode.studio.errors import UnknownLanguage
from rhapsode.studio.ids import VoiceId
from rhapsode.studio.voice import Voice

LANGUAGES = (
    "en-US", "en-GB", "en-GB-scotland", "de", "es", "es-419", "fr", "nb", "pt-BR", "pt-PT", "sr", "zh",
)  # fmt: skip


def voice(language: str, *languages: str) -> Voice:
    return Voice(VoiceId("x"), "Rowan", "espeak", language, languages or LANGUAGES)


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("en-US", "en-US"),
        ("EN_gb", "en-GB"),
        ("en", "en-US"),
        ("en-AU", "en-US"),
        ("en-GB-oxendict", "en-GB"),
        ("de-AT", "de"),
        ("de-Latn-CH-1996", "de"),
        ("fr", "fr"),
        ("pt", "pt-BR"),
        ("pt-PT", "pt-PT"),
        ("es-ES", "es"),
        ("es-MX", "es-419"),
        ("es-419", "es-419"),
        ("no", "nb"),
        ("sr-Latn-RS", "sr"),
        ("zh-Hans-CN", "zh"),
        ("cmn", "zh"),
    ],
)
def test_the_best_language_for_a_tag(tag: str, expected: str) -> None:
    """Exact, then cut short, then an accent of the same language."""
    assert resolve_language(tag, voice("en-US")) == expected


def test_a_bare_language_is_spoken_with_the_voices_own_accent() -> None:
    """English for a Scottish voice is Scottish; for a German voice it is the first listed."""
    assert resolve_language("en", voice("en-GB-scotland")) == "en-GB-scotland"
    assert resolve_language("en", voice("de")) == "en-US"


@pytest.mark.parametrize("tag", ["ja", "e", "", "english", "x-private"])
def test_an_unknown_language_is_refused_with_those_there_are(tag: str) -> None:
    """The message names the voice and its languages."""
    with pytest.raises(UnknownLanguage, match=r"Rowan does not speak .* en-US, en-GB"):
        resolve_language(tag, voice("en-US"))


def test_a_voice_of_any_language_takes_every_tag() -> None:
    """Whatever is asked for, such a voice's one language is meant."""
    assert resolve_language("ja", voice(ANY_LANGUAGE, ANY_LANGUAGE)) == ANY_LANGUAGE
