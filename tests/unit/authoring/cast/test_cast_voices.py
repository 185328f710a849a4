"""Which voices characters get."""

from collections.abc import Sequence
from dataclasses import replace

from tests.factories import make_project, make_voice

from rhapsode.authoring.cast.voices import with_voices
from rhapsode.studio.cast import Character
from rhapsode.studio.ids import CharacterId, VoiceId
from rhapsode.studio.voice import Voice
from rhapsode.voices.catalogue import Catalogue, VoiceIndex


def voice(voice_id: str, gender: str, age: str = "middle_aged", **more: object) -> Voice:
    made = replace(
        make_voice(voice_id), labels={"gender": gender, "age": age}, language="en", languages=("en",)
    )
    return replace(made, **more)  # type: ignore[arg-type]


def catalogue(*voices: Voice) -> Catalogue:
    by_id = {each.voice_id.casefold(): each for each in voices}
    return Catalogue(VoiceIndex(voices, by_id, {}, {}, voices))


def character(name: str, gender: str | None = None, age: str | None = None) -> Character:
    return Character(CharacterId(name), name, (name,), gender, age)


VOICES = (
    voice("narrator", "male"),
    voice("woman", "female"),
    voice("girl", "female", "young"),
    voice("man", "male"),
    voice("greybeard", "male", "old"),
)
NARRATED = replace(
    make_project(), default_title_voice_id=VoiceId("narrator"), default_paragraph_voice_id=VoiceId("narrator")
)


def chosen(characters: Sequence[Character], *voices: Voice) -> dict[str, str | None]:
    return {one.name: one.voice_id for one in with_voices(characters, NARRATED, catalogue(*voices))}


def test_gender_and_age() -> None:
    """Each is what the character is, and nobody has the narrator's."""
    book = [
        character("Ida", "female", "young"),
        character("Tobias", "male", "old"),
        character("Roy", "male"),
        character("Eva", "female"),
    ]

    assert chosen(book, *VOICES) == {"Ida": "girl", "Tobias": "greybeard", "Roy": "man", "Eva": "woman"}


def test_gender_before_anything_else() -> None:
    """A third woman shares a woman's voice, however many men's are free."""
    book = [character(name, "female") for name in ("Ida", "Eva", "Ada")]
    found = chosen(book, *VOICES)

    assert {found["Ida"], found["Eva"]} == {"girl", "woman"}
    assert found["Ada"] in {"girl", "woman"}


def test_a_known_gender_before_an_unknown_one() -> None:
    """As files of many speakers have it; but a voice that may be right is better than one that another has."""
    unknown = replace(voice("p225", ""), labels={})
    book = [character("Roy", "male"), character("Tobias", "male")]

    assert chosen(book, VOICES[0], unknown, VOICES[3]) == {"Roy": "man", "Tobias": "p225"}


def test_it_is_always_the_same() -> None:
    """Also for those who are there when somebody comes."""
    book = with_voices([character("Ida", "female"), character("Roy", "male")], NARRATED, catalogue(*VOICES))
    more = with_voices([*book, character("Eva", "female")], NARRATED, catalogue(*VOICES))

    assert more[:2] == book == with_voices(book, NARRATED, catalogue(*VOICES))
    assert more[2].voice_id not in {one.voice_id for one in book}


def test_what_is_not_given() -> None:
    """A voice of another language, or one that may not be used for everything."""
    foreign = voice("foreign", "female", language="de", languages=("de", "en"))
    private = voice("private", "female", commercial_use="no")

    assert chosen([character("Ida", "female")], VOICES[0], foreign, private) == {"Ida": None}


def test_a_voice_that_was_taken_away_stays_away() -> None:
    """When somebody has said that the narrator speaks for a character."""
    silent = replace(character("Ida", "female"), said=frozenset({"voice_id"}))

    assert chosen([silent], *VOICES) == {"Ida": None}


def test_the_narrators_engine_before_others_but_not_before_the_gender() -> None:
    """Women share a voice that sounds like the same recording; a man isn't read by a woman for that."""
    others = (voice("other_man", "male", engine="espeak"), voice("other_woman", "female", engine="espeak"))
    book = [character("Ida", "female"), character("Eva", "female"), character("Roy", "male")]

    assert chosen(book, VOICES[0], VOICES[1], *others) == {
        "Ida": "woman",
        "Eva": "woman",
        "Roy": "other_man",
    }
