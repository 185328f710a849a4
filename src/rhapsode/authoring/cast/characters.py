"""The characters that a cast goes on with: those it had, whom the book has again, and whoever is new."""

from collections import Counter
from collections.abc import Mapping, Sequence

from rhapsode.studio.cast import Cast, Character
from rhapsode.studio.ids import CharacterId, new_id
from rhapsode.text.cast.book import BookCast
from rhapsode.text.cast.people import Person

LEAST_CONFIDENCE = 0.45
"""Below it the narrator reads: a guess is wrong at least as often as right, and disturbs more (benchmarks.cast)."""


def meet(before: Cast, found: BookCast) -> tuple[tuple[Character, ...], Mapping[int, Character]]:
    """(all characters, who speaks most first; by each speaking person's place among the people, its character).

    One that is met again by any of its names stays who it is. One whom the book doesn't have any more goes, unless
    somebody has said something of it.
    """
    spoken = _speaking(found)
    known = {alias: character for character in reversed(before.characters) for alias in character.aliases}
    met: dict[int, Character] = {}
    for place in spoken:
        person = found.people[place]
        again = next((known[name] for name in person.names if name in known), None)
        met[place] = _new(person) if again is None else again
    listed = {character.character_id: character for character in met.values()}
    kept = {character.character_id: character for character in before.characters if character.said}
    return tuple((listed | {key: one for key, one in kept.items() if key not in listed}).values()), met


def _speaking(found: BookCast) -> list[int]:
    """The places of those who are taken to speak, the longest in all first."""
    lengths: Counter[int] = Counter()
    for chapter in found.said:
        for said in (said for paragraph in chapter for said in paragraph):
            person = said.attribution.person
            if person is not None and said.attribution.confidence >= LEAST_CONFIDENCE:
                lengths[person] += said.quotation.end - said.quotation.start
    return [place for place, _ in sorted(lengths.items(), key=lambda entry: (-entry[1], entry[0]))]


def _new(person: Person) -> Character:
    return Character(
        character_id=CharacterId(new_id()),
        name=person.name,
        aliases=person.names,
        gender=person.gender,
        age=person.age,
        accent=person.accent,
    )


def merged(characters: Sequence[Character], gone: Character, into: Character) -> tuple[Character, ...]:
    """The same without `gone`, whose names are those of `into` from now on."""
    aliases = tuple(dict.fromkeys([*into.aliases, *gone.aliases]))
    joined = Character(
        character_id=into.character_id,
        name=into.name,
        aliases=aliases,
        gender=into.gender or gone.gender,
        age=into.age or gone.age,
        accent=into.accent or gone.accent,
        voice_id=into.voice_id,
        said=into.said | {"aliases"},
    )
    return tuple(
        joined if one.character_id == into.character_id else one
        for one in characters
        if one.character_id != gone.character_id
    )
