"""Voices on other machines among the others."""

from pathlib import Path

import pytest
from tests.speech_servers import engines_anew, set_engine

from rhapsode.authoring.voices import default_voice
from rhapsode.voices.catalogue import engine_catalogue
from rhapsode.voices.premade import PREMADE_VOICES


def test_nobody_gets_a_voice_of_another_machine_unasked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is found by its name, and neither a default nor what a premade id means, though it may be sold."""
    before = engine_catalogue()
    settings = {"URL": "http://127.0.0.1:9", "VOICES": "rachel=en-US/female/young/american, tlhIngan=tlh"}
    set_engine(monkeypatch, tmp_path, COMMERCIAL_USE="yes", **settings)
    with engines_anew():
        catalogue = engine_catalogue()
        assert catalogue.get("rachel").voice_id == "openai_rachel"
        assert {"openai_rachel", "openai_tlhIngan"} <= {voice.voice_id for voice in catalogue.voices}
        assert catalogue.voices[0] == before.voices[0]
        assert catalogue.premade == before.premade
        assert {catalogue.get(premade.voice_id).engine for premade in PREMADE_VOICES} == {"espeak"}
        for language in ("en", "en-US", "tlh"):
            assert default_voice(language, catalogue) == default_voice(language, before)
