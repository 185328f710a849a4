"""Voices for a language, in the order in which somebody would try them."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.factories import WORKSPACE, make_voice, open_records

from rhapsode.storage import voice_edits, voices
from rhapsode.studio.ids import VoiceId
from rhapsode.studio.voice import CommercialUse, Voice
from rhapsode.voices.catalogue import Catalogue, open_catalogue
from rhapsode.voices.suggested import suggest_voices


def voice(
    voice_id: str, language: str, *others: str, engine: str = "piper", use: CommercialUse = "yes"
) -> Voice:
    return replace(
        make_voice(voice_id, commercial_use=use),
        engine=engine,
        language=language,
        languages=(language, *others),
    )


def catalogue_of(path: Path, installed: Iterable[Voice], *deleted: str) -> Catalogue:
    records = open_records(path / "records.sqlite3")
    with records.write(WORKSPACE) as tx:
        for each in installed:
            voices.insert_voice(tx, each, {}, is_shared=True)
        for voice_id in deleted:
            voice_edits.set_voice_deleted(tx, VoiceId(voice_id), deleted=True)
        catalogue = open_catalogue(tx)
    records.close()
    return catalogue


@pytest.mark.parametrize(
    ("language", "first"),
    [
        ("is", ["mine", "far", "unsure", "unfree", "rules", "also", "rules_also"]),
        ("is-CA", ["far", "mine", "unsure", "unfree", "rules", "also", "rules_also"]),
        ("IS_ca", ["far", "mine", "unsure", "unfree", "rules", "also", "rules_also"]),
        ("da", ["also", "rules_also"]),
    ],
)
def test_who_speaks_it_as_their_own_is_first(tmp_path: Path, language: str, first: list[str]) -> None:
    """Learned voices before espeak's, what may be sold before what may not, then the region; who doesn't, isn't."""
    installed = [
        voice("rules_also", "da", "is", engine="espeak"),
        voice("rules", "is", engine="espeak"),
        voice("also", "da", "is"),
        voice("unfree", "is", use="no"),
        voice("unsure", "is", use="unknown"),
        voice("mine", "is"),
        voice("far", "is-CA"),
        voice("lost", "is"),
    ]
    catalogue = catalogue_of(tmp_path, installed, "lost")
    here = {each.voice_id for each in installed}

    suggested = [each.voice_id for each in suggest_voices(catalogue, language) if each.voice_id in here]

    assert suggested == first


def test_what_is_given_any_language_unread_is_last(tmp_path: Path) -> None:
    """A tone takes a text in Klingon too."""
    suggested = suggest_voices(catalogue_of(tmp_path, ()), "tlh")

    assert {each.engine for each in suggested} == {"tone"}
    assert suggest_voices(catalogue_of(tmp_path, ()), "en")[-1].engine == "tone"
