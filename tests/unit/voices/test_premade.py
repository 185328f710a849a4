"""Ids of the original's premade voices are answered by voices of this installation."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace

import pytest

from rhapsode.engines.espeak.voices import VOICES
from rhapsode.engines.registry import list_voices
from rhapsode.engines.tone import ToneEngine
from rhapsode.studio.ids import VoiceId
from rhapsode.studio.voice import Voice
from rhapsode.voices.catalogue import engine_catalogue
from rhapsode.voices.premade import PREMADE_VOICES, PremadeVoice, assign_local_voices, find_premade

RACHEL, GEORGE = "21m00Tcm4TlvDq8ikWAM", "JBFqnCBsd6RMkjVDRZzb"


def named(name: str) -> PremadeVoice:
    """The premade voice of a name."""
    (found,) = (premade for premade in PREMADE_VOICES if premade.name == name)
    return found


def test_ids_and_names_are_those_of_one_voice_each() -> None:
    """Every id has the form of the original's, and none is there twice."""
    ids = [premade.voice_id for premade in PREMADE_VOICES]

    assert len(set(ids)) == len(ids) > 50
    assert len({premade.name for premade in PREMADE_VOICES}) == len(ids)
    assert all(len(voice_id) == 20 and voice_id.isalnum() for voice_id in ids)


def test_what_code_samples_use_is_known() -> None:
    """The two ids that nearly every sample has are the voices they are said to be."""
    rachel, george = find_premade(RACHEL), find_premade(GEORGE)

    assert rachel == PremadeVoice(VoiceId(RACHEL), "Rachel", "female", "young", "american")
    assert george is not None
    assert george.labels == {"gender": "male", "age": "middle_aged", "accent": "british", "language": "en"}
    assert find_premade("nobody") is None


@pytest.mark.parametrize("premade", PREMADE_VOICES, ids=lambda premade: premade.name)
def test_each_is_answered_by_a_grown_up_of_its_gender(premade: PremadeVoice) -> None:
    """Whatever else is missing, a man is read by a man's voice and a woman by a woman's; nobody by a child's."""
    local = assign_local_voices(VOICES)[premade.voice_id]

    assert premade.gender in ("neutral", local.labels["gender"])
    assert "child" not in local.labels["description"]


@pytest.mark.parametrize(
    ("name", "accent"),
    [("Rachel", "american"), ("George", "british"), ("Fin", "british"), ("Giovanni", "italian")],
)
def test_the_accent_is_as_near_as_there_is_one(name: str, accent: str) -> None:
    """An accent that is there is met, and an Irishman's is nearer to a British one than to any other."""
    assert assign_local_voices(VOICES)[named(name).voice_id].labels["accent"] == accent


def test_an_accent_that_nobody_has_is_still_english() -> None:
    """A Swedish accent is answered by somebody whose own language is English."""
    assert assign_local_voices(VOICES)[named("Charlotte").voice_id].language.startswith("en")


def test_voices_that_are_used_together_stay_apart() -> None:
    """The nine voices that the original began with sound like at least seven different ones."""
    first = ("Rachel", "Domi", "Sarah", "Antoni", "Elli", "Josh", "Arnold", "Adam", "Sam")
    assigned = assign_local_voices(VOICES)

    assert len({assigned[named(name).voice_id].voice_id for name in first}) >= 7


def test_the_same_voices_give_the_same_answers() -> None:
    """Nothing but the list of voices decides."""
    assert assign_local_voices(list(VOICES)) == assign_local_voices(VOICES)


def test_the_registry_answers_with_the_local_voice() -> None:
    """What speaks has its own id and engine."""
    local = engine_catalogue().get(RACHEL)

    assert local in list_voices()
    assert local == assign_local_voices(list_voices())[VoiceId(RACHEL)]


def test_nobody_answers_in_beeps() -> None:
    """The tone speaks every language and none: where only it is installed, a premade id is an unknown voice."""
    assert assign_local_voices(ToneEngine().list_voices()) == {}
    code = (
        "import sys; sys.modules['espeakng_loader'] = None\n"
        "from rhapsode.voices.catalogue import engine_catalogue\n"
        "from rhapsode.studio.errors import UnknownVoice\n"
        "try: engine_catalogue().get('21m00Tcm4TlvDq8ikWAM')\n"
        "except UnknownVoice as error: print(error.code)\n"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "voice_not_found"


def test_voices_without_labels_answer_too() -> None:
    """An engine that says nothing of its voices but that they speak English is better than silence."""
    bare = replace(VOICES[0], labels={})

    assert all(local == bare for local in assign_local_voices([bare]).values())
    assert len(assign_local_voices([bare])) == len(PREMADE_VOICES)


# Voices that were installed


def installed(name: str, gender: str | None, language: str = "en-US") -> Voice:
    """A neural voice, which speaks its own language alone."""
    labels = {} if gender is None else {"gender": gender}
    made = Voice(VoiceId(name), name, "piper", language, (language,), labels=labels, commercial_use="yes")
    return replace(made, files={"model": "0" * 64})


def answers_of(voices: Sequence[Voice]) -> dict[str, str]:
    """Who answers each premade voice, by their names."""
    assigned = assign_local_voices(voices)
    return {premade.name: assigned[premade.voice_id].name for premade in PREMADE_VOICES}


def test_an_installed_voice_answers_those_of_its_gender() -> None:
    """As it is worth listening to; one whose gender nobody knows answers nobody whose gender another has."""
    before = answers_of(VOICES)
    after = answers_of([*VOICES, installed("lessac", "female"), installed("somebody", None)])

    women = {premade.name for premade in PREMADE_VOICES if premade.gender == "female"}
    men = {premade.name for premade in PREMADE_VOICES if premade.gender == "male"}
    assert {after[name] for name in women} == {"lessac"}
    assert {name: after[name] for name in men} == {name: before[name] for name in men}


def test_a_voice_of_another_accent_moves_only_who_is_nearer_to_it() -> None:
    """An American goes on as before when somebody British and somebody German come."""
    american = [*VOICES, installed("lessac", "female"), installed("ryan", "male")]
    before = answers_of(american)
    after = answers_of([*american, installed("alan", "male", "en-GB"), installed("hans", "male", "de")])

    near = ("british", "irish", "australian")
    moved = {name for name in before if before[name] != after[name]}
    # Nobody's accent is nearer to an Italian's than another's, so he goes to whoever has less to read.
    assert moved - {"Giovanni"} == {p.name for p in PREMADE_VOICES if p.gender == "male" and p.accent in near}
    assert {after[name] for name in moved} == {"alan"}


def test_several_of_a_kind_share_the_ids() -> None:
    """So that a script of several voices has several."""
    women = [installed(f"speaker {number}", "female") for number in range(8)]
    answers = answers_of([*VOICES, *women])

    assert len({answers[name] for name in ("Rachel", "Sarah", "Domi", "Elli", "Laura", "Jessica")}) == 6


def test_another_language_is_read_by_those_who_speak_it() -> None:
    """Of the same gender, and whose own language it is, where there is one."""
    voices = [*VOICES, installed("lessac", "female"), installed("siwis", "female", "fr-FR")]
    french, polish = (assign_local_voices(voices, language=language) for language in ("fr", "pl"))

    assert french[VoiceId(RACHEL)].name == "siwis"
    assert french[VoiceId(GEORGE)].name == "Poplar"
    assert (polish[VoiceId(RACHEL)].engine, polish[VoiceId(RACHEL)].labels["gender"]) == ("espeak", "female")
    assert assign_local_voices(voices, language="tlh") == {}
