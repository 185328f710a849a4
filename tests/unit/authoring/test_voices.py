"""Which voice reads what nobody has chosen one for."""

from pathlib import Path

import pytest
from tests.factories import WORKSPACE, need_espeak, open_records

from rhapsode.authoring.voices import default_voice
from rhapsode.storage.voice_files import VoiceFile
from rhapsode.storage.voices import insert_voice
from rhapsode.studio.ids import VoiceId
from rhapsode.studio.voice import CommercialUse, Voice
from rhapsode.voices.catalogue import Catalogue, open_catalogue

FILES = {"model": VoiceFile("0" * 64, 1)}


@pytest.fixture(autouse=True)
def voices_that_speak() -> None:
    """Those of espeak speak every language here."""
    need_espeak()


def catalogue(tmp_path: Path, *installed: tuple[str, CommercialUse]) -> Catalogue:
    """What a workspace has that has installed voices of these languages, called so."""
    with open_records(tmp_path / "records.sqlite3").write(WORKSPACE) as tx:
        for language, use in installed:
            voice = Voice(VoiceId(language), language, "piper", language, (language,), commercial_use=use)
            insert_voice(tx, voice, FILES, is_shared=True)
        return open_catalogue(tx)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("fr", "fr-FR"),  # whoever has installed a voice wants to hear it
        ("fr_CA", "fr-FR"),
        ("en-GB", "en-US"),
        ("en", "en-US"),
        ("de", "espeak_linden"),
        ("pl", "espeak_alder"),  # not the first of all, which doesn't speak it
        ("tlh", "en-US"),  # nobody speaks it, and somebody has to try
    ],
)
def test_the_default_speaks_the_language(tmp_path: Path, language: str, expected: str) -> None:
    """Its own before another, an installed one before one that is here anyway."""
    found = default_voice(language, catalogue(tmp_path, ("en-US", "yes"), ("fr-FR", "yes"), ("de-DE", "no")))

    assert found.voice_id == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en", "espeak_alder"), ("en-GB", "espeak_rowan"), ("pt-PT", "espeak_jacaranda"), ("hi", "espeak_neem")],
)
def test_a_region_has_a_voice_of_its_own(tmp_path: Path, language: str, expected: str) -> None:
    """Where nobody of the region is there, anybody of the language."""
    assert default_voice(language, catalogue(tmp_path)).voice_id == expected


def test_nobody_is_assumed_who_may_not_be_sold(tmp_path: Path) -> None:
    """Neither when that is forbidden nor when nobody knows."""
    both = catalogue(tmp_path, ("en-US", "no"), ("fr-FR", "unknown"))

    assert default_voice("en", both).voice_id == "espeak_alder"
    assert default_voice("fr", both).voice_id == "espeak_acacia"
