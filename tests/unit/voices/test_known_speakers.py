"""The gender of voices whose files don't say it."""

from dataclasses import replace

import pytest

from rhapsode.engines.espeak.voices import VOICES
from rhapsode.studio.ids import VoiceId
from rhapsode.studio.voice import Voice
from rhapsode.voices.known_speakers import with_known_labels
from rhapsode.voices.premade import assign_local_voices

RACHEL = VoiceId("21m00Tcm4TlvDq8ikWAM")


def voice(name: str, language: str) -> Voice:
    """As an engine reads it from files."""
    return Voice(VoiceId(name), name, "piper", language, (language,), commercial_use="yes")


@pytest.mark.parametrize(
    ("name", "language", "gender"),
    [
        ("Lessac", "en-US", "female"),
        ("Jenny Dioco", "en-GB", "female"),
        ("Upmc pierre", "fr-FR", "male"),
        ("Thorsten", "de-DE", "male"),
        ("Northern English Male", "en-GB", "male"),
        ("Hfc Female", "en-US", "female"),
        ("Tom", "en-US", None),  # the one that is known is French
        ("Tides", "en-US", None),
        ("", "en-US", None),
    ],
)
def test_a_known_voice_has_its_gender(name: str, language: str, gender: str | None) -> None:
    """By its name and language, or because its name says it; of all others nothing is said."""
    assert with_known_labels(voice(name, language)).labels.get("gender") == gender


def test_what_files_say_stands() -> None:
    """Whoever made them knows better."""
    said = replace(voice("Lessac", "en-US"), labels={"gender": "neutral"})

    assert with_known_labels(said) == said


def test_a_known_voice_answers_premade_ids() -> None:
    """Of its gender, before those that are here anyway."""
    lessac = replace(with_known_labels(voice("Lessac", "en-US")), files={"model": "0" * 64})

    assert assign_local_voices([*VOICES, lessac])[RACHEL] == lessac
