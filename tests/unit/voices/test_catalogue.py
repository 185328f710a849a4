"""The voices of a workspace, and the ways to name one."""

from pathlib import Path

import pytest
from tests.factories import WORKSPACE, make_voice, need_espeak, open_records

from rhapsode.storage import voice_edits, voices
from rhapsode.storage.voice_files import VoiceFile
from rhapsode.studio.errors import UnknownVoice
from rhapsode.studio.ids import VoiceId, WorkspaceId
from rhapsode.studio.voice import Voice
from rhapsode.voices.catalogue import engine_catalogue, open_catalogue, read_catalogue
from rhapsode.voices.premade import find_premade

RACHEL = VoiceId("21m00Tcm4TlvDq8ikWAM")
OTHER = WorkspaceId("other")


@pytest.mark.parametrize("spelled", ["Birch", "birch", "BIRCH ", "espeak_birch", "Espeak_Birch"])
def test_a_voice_is_found_by_name_or_id(spelled: str) -> None:
    """Case and outer spaces do not matter."""
    assert engine_catalogue().get(spelled).voice_id == "espeak_birch"


@pytest.mark.parametrize(
    ("spelled", "suggested"), [("Aldr", "Alder"), ("espeak_hazle", "Hazel"), ("tone hi", "Tone High")]
)
def test_a_misspelled_voice_is_refused_with_a_suggestion(spelled: str, suggested: str) -> None:
    """The message offers what was probably meant."""
    with pytest.raises(UnknownVoice, match=f"did you mean .*{suggested}"):
        engine_catalogue().get(spelled)


def test_a_name_like_no_voice_is_refused_with_the_first_voices() -> None:
    """Where nothing is close, the message still shows what a name looks like."""
    with pytest.raises(UnknownVoice, match="there are Alder, Birch, Cedar and others"):
        engine_catalogue().get("???")


def test_a_stored_voice_is_its_workspaces_own_or_everybodys(tmp_path: Path) -> None:
    """What nobody shares is an unknown voice elsewhere."""
    records = open_records(tmp_path / "records.sqlite3")
    with records.write(WORKSPACE) as tx:
        voices.insert_voice(tx, make_voice("own"), {}, is_shared=False)
        voices.insert_voice(tx, make_voice("shared"), {}, is_shared=True)

    assert read_catalogue(records, WORKSPACE).get("own").name == "Own"
    assert read_catalogue(records, OTHER).get("shared").name == "Shared"
    with pytest.raises(UnknownVoice):
        read_catalogue(records, OTHER).get("own")
    assert engine_catalogue().find("shared") is None


def test_only_a_voice_that_may_be_used_for_everything_stands_for_another(tmp_path: Path) -> None:
    """It comes before those of engines; others are last, and answer no premade id."""
    records = open_records(tmp_path / "records.sqlite3")
    with records.write(WORKSPACE) as tx:
        for use in ("no", "unknown"):
            voices.insert_voice(tx, make_voice(use, commercial_use=use), {}, is_shared=True)
        assert open_catalogue(tx).get(RACHEL) == engine_catalogue().get(RACHEL)
        voices.insert_voice(tx, make_voice("free", commercial_use="yes"), {}, is_shared=True)
        assert open_catalogue(tx).voices[0].voice_id == "free"


def test_what_is_changed_in_the_records_is_seen_at_once(tmp_path: Path) -> None:
    """A voice comes, is called something else, and goes."""
    records = open_records(tmp_path / "records.sqlite3")
    with records.write(WORKSPACE) as tx:
        voices.insert_voice(tx, make_voice("one"), {}, is_shared=False)
        voice_edits.rename_voice(tx, VoiceId("one"), name="Ida", description=None, labels=None)
        assert open_catalogue(tx).name_of(VoiceId("one")) == "Ida"
        assert voices.delete_voice(tx, VoiceId("one"))
        assert open_catalogue(tx).find("one") is None


def test_a_voice_is_called_by_its_id_when_it_is_gone() -> None:
    """A premade one by the name that the original gave it."""
    premade = find_premade(RACHEL)
    assert premade is not None
    assert engine_catalogue().name_of(RACHEL) == premade.name == "Rachel"
    assert engine_catalogue().name_of(VoiceId("gone")) == "gone"


def test_a_premade_voice_reads_every_language_that_anybody_speaks(tmp_path: Path) -> None:
    """Whoever names it; another voice reads what it speaks itself."""
    need_espeak()
    labels = {"gender": "female"}
    ida = Voice(VoiceId("ida"), "Ida", "piper", "en-US", ("en-US",), labels=labels, commercial_use="yes")
    with open_records(tmp_path / "records.sqlite3").write(WORKSPACE) as tx:
        voices.insert_voice(tx, ida, {"model": VoiceFile("0" * 64, 1)}, is_shared=True)
        catalogue = open_catalogue(tx)

    languages = (None, "en-GB", "de_AT", "tlh")
    readers = [catalogue.get_reader(RACHEL, language).name for language in languages]

    assert readers == ["Ida", "Ida", "Linden", "Ida"]
    assert catalogue.get_reader("Ida", "de").name == "Ida"
    assert catalogue.find_reader("nobody", "de") is None
    with pytest.raises(UnknownVoice):
        catalogue.get_reader("nobody", "de")
