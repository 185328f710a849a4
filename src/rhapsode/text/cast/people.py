"""The characters of a book: which names belong to one person, and what they say of whom they name."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rhapsode.text.cast.quotations import QUOTED, tail
from rhapsode.text.cast.words import (
    ACCENTS,
    FIRST_NAMES,
    MARRIED,
    NICKNAMES,
    NO_ROLES,
    OF_FIRST_NAMES,
    ROLE_GENDERS,
    SPEECH_VERBS,
    TITLES,
    UNMARRIED,
    Gender,
)

_WORD = r"[A-Z][a-zà-öø-ÿ]+(?:-[A-Z][a-zà-öø-ÿ]+)*"
_TITLE = "|".join(sorted(TITLES, key=len, reverse=True))
_NAME = re.compile(
    rf"\b(?:(?P<title>{_TITLE})\.? )?(?P<names>{_WORD}(?: (?:(?:de|von|van|du) )?{_WORD}){{0,2}})"
)
_PARTICLES = frozenset({"de", "von", "van", "du"})
_ARTICLE = re.compile(r"\b(?:[Tt]he|[Aa]n?) $")
_VERBS = "|".join(sorted(SPEECH_VERBS))
# Beside a quotation, which a narrator's words have a mark in the place of.
_SPEAKS = re.compile(rf"{QUOTED}\W*(?:{_VERBS}) $")
_SPEAKING = re.compile(rf" (?:\w+ly )?(?:{_VERBS})\b(?:\W*(?:{QUOTED}|$)|\W)")
_BEHIND = re.compile(rf"{QUOTED}\W*$")
_ROLE = re.compile(
    rf"{QUOTED}\W*(?:(?:{_VERBS}) (?:the|an?) (?P<after>(?:very )?(?:{_WORD} ?){{1,3}}|[a-z]+ man|[a-z]+)"
    rf"|[Tt]he (?P<before>(?:{_WORD} ){{1,3}})(?:{_VERBS})\b)"
)
_PRONOUN = re.compile(r"\b(he|his|him|himself|she|her|hers|herself)\b")
_PRONOUNS_WITHIN = 90  # characters behind a name
_LEAST_MENTIONS = 2
_BESIDE = 60  # characters behind a name that may say that it speaks
_MOST_PEOPLE = 300  # of those who are named most; what a longer book names once or twice speaks no more
_WIVES = (
    4  # a wife is named at least a quarter as often as her husband; less, and she is his mother or a wish
)
_CAPITAL_OLD = re.compile(rf"\b(old|young|little) ({_WORD})")
_SURE = 3  # more pronouns of one gender than of the other

MIDDLE_AGED = "middle_aged"
"""The age of whoever has a wife or a husband, unless something else is said."""

Names = tuple[str, str, str]
"""(title, first name, surname); each may be empty."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in a book.

    name: the one that says most, as the book has it.    names: all that it is known by, that one first.
    age: `young`, `middle_aged` or `old`.    accent: as labels of voices have it. None where nothing says so.
    surname: shared with a family; empty where there is none.
    is_married: where a title says so.    narrated: how often the narrator names it; `mentions`: anybody at all.
    """

    name: str
    names: tuple[str, ...]
    gender: Gender | None = None
    age: str | None = None
    accent: str | None = None
    surname: str = ""
    is_married: bool = False
    mentions: int = 0
    narrated: int = 0


@dataclass(slots=True)
class _Found:
    """What a book says of names.

    speaking: how often a verb of speech stands beside one, and a quotation.    firsts: how often first names occur,
      nicknames among them.
    """

    counts: Counter[Names]
    speaking: Counter[Names]
    narrated: Counter[Names]
    roles: Counter[str]
    firsts: Counter[str]


def find_people(narration: Sequence[str], speech: Sequence[str]) -> list[Person]:
    """Who there is in a book, those that are named most first.

    narration, speech: what of each paragraph the narrator says, and what is said between quotation marks.
    """
    common = _common_words([*narration, *speech])
    found = _Found(Counter(), Counter(), Counter(), Counter(), Counter())
    for text in narration:
        _count(text, common, found)
        found.roles.update(_roles(text))
    found.narrated.update(found.counts)
    for text in speech:
        _count(text, common, found)
    named = sorted([*_named(found), *_by_role(found.roles)], key=lambda person: -person.mentions)
    people = named[:_MOST_PEOPLE]
    genders = _genders_by_pronouns(people, narration)
    completed = [_completed(person, genders) for person in people]
    return _with_ages(completed, [*narration, *speech])


def _common_words(texts: Iterable[str]) -> frozenset[str]:
    """Words that begin with a capital only because a sentence does."""
    lower: Counter[str] = Counter()
    upper: Counter[str] = Counter()
    for text in texts:
        for word in re.findall(r"[^\W\d_]+", text):
            (upper if word[0].isupper() else lower)[word.lower()] += 1
    return frozenset(word for word, count in lower.items() if 2 * count > upper[word])


def _count(text: str, common: frozenset[str], found: _Found) -> None:
    for match in _NAME.finditer(text):
        names = None if _is_role(match) else _read(match, common)
        if names is not None:
            found.counts[names] += 1
            found.firsts[_formal(names[1])] += 1
            found.speaking[names] += _is_speaking(match)


def _is_role(match: re.Match[str]) -> bool:
    """Whether an article stands before it: the Psychologist, a Bennet."""
    return _ARTICLE.search(tail(match.string, match.start())) is not None or match["names"].startswith("The ")


def _is_speaking(match: re.Match[str]) -> bool:
    before = tail(match.string, match.start())
    after = match.string[match.end() : match.end() + _BESIDE]
    if _SPEAKS.search(before):
        return True
    spoken = _SPEAKING.match(after)
    return spoken is not None and bool(_BEHIND.search(before) or QUOTED in spoken[0])


def _read(match: re.Match[str], common: frozenset[str]) -> Names | None:
    """The parts of a name; None for what is none."""
    title, words = match["title"] or "", match["names"].split()
    if not title:
        words = words[next((i for i, word in enumerate(words) if word.lower() not in common), len(words)) :]
    words = [
        word for word in words if word in _PARTICLES or (word.lower() not in common and word not in TITLES)
    ]
    if not words or len(words[0]) < 2:
        return None
    if len(words) > 1:
        return title, words[0], " ".join(words[1:])
    is_first = title in OF_FIRST_NAMES or words[0] in FIRST_NAMES or words[0] in NICKNAMES
    return (title, words[0], "") if is_first else (title, "", words[0])


def _named(found: _Found) -> list[Person]:
    surnames = {last for (title, _, last) in found.counts if title and last}
    groups: dict[Names, list[Names]] = {}
    firsts = _first_names(found, surnames)
    for names in sorted(found.counts, key=lambda names: -found.counts[names]):
        key = _key(names, firsts, surnames, found)
        if key is not None:
            groups.setdefault(key, []).append(names)
    joined = _joined(groups, found)
    return [_person(key, members, found) for key, members in joined.items()]


def _first_names(found: _Found, surnames: set[str]) -> dict[str, str]:
    """First name or nickname -> surname, of those that occur without a title, or with that of an unmarried woman."""
    by_name: dict[str, Counter[str]] = {}
    for (title, first, last), count in found.counts.items():
        if first and (not title or title in UNMARRIED or (last and title not in OF_FIRST_NAMES)):
            by_name.setdefault(_formal(first), Counter())[last] += count
    return {
        first: max(
            (last for last in counts if last in surnames or counts[last] > 1 or not last),
            key=lambda last: (last in surnames, bool(last), counts[last]),
            default="",
        )
        for first, counts in by_name.items()
    }


def _formal(first: str) -> str:
    return NICKNAMES.get(first, first)


def _key(names: Names, firsts: Mapping[str, str], surnames: set[str], found: _Found) -> Names | None:
    """Who somebody with these names is; None for what names no person."""
    title, first, last = names
    if title and first and title in OF_FIRST_NAMES:
        return title, first, ""
    if first and _is_person(names, found):
        return "", _formal(first), firsts.get(_formal(first), last)
    if title:
        return (title, "", last) if not first else ("", _formal(first), last)
    if last in surnames:
        return _head(last, found)
    if found.speaking[names] and found.counts[names] >= _LEAST_MENTIONS:
        return "", "", last
    return None


def _is_person(names: Names, found: _Found) -> bool:
    title, first, last = names
    known = _formal(first) in FIRST_NAMES or first in FIRST_NAMES
    is_named_often = bool(last) or found.firsts[_formal(first)] >= _LEAST_MENTIONS
    return bool(title) or (known and is_named_often) or bool(found.speaking[names] and not last)


def _head(last: str, found: _Found) -> Names | None:
    """Whom a surname alone means: the man of that name, else whoever is named most by it."""
    titled = [
        (title, count)
        for (title, first, name), count in found.counts.items()
        if title and name == last and not first
    ]
    if not titled:
        return None
    men = [entry for entry in titled if TITLES[entry[0]] != "female"]
    return max(men or titled, key=lambda entry: entry[1])[0], "", last


def _joined(groups: dict[Names, list[Names]], found: _Found) -> dict[Names, list[Names]]:
    """The same, with a title and surname joined to the first name that it belongs to, where only one can be meant."""
    joined = dict(groups)
    for key in list(groups):
        title, first, last = key
        if first or not title:
            continue
        owner = _owner(title, last, list(joined), found)
        if owner is not None:
            joined[owner] = [*joined[owner], *joined.pop(key)]
    return joined


def _owner(title: str, last: str, keys: Sequence[Names], found: _Found) -> Names | None:
    """The person with a first name whom a title with a surname means.

    English calls the eldest daughter by the surname alone, and the others by their first names too.
    """
    gender = TITLES[title]
    family = [key for key in keys if not key[0] and key[1] and key[2] == last]
    suited = [key for key in family if gender is None or _first_gender(key[1]) == gender]
    if title in MARRIED or not suited:
        return None
    if title in UNMARRIED and len(suited) > 1:
        often = [key for key in suited if found.counts["", key[1], ""] > _SURE]
        return min(often or suited, key=lambda key: _formality(key[1], found), default=None)
    return suited[0] if len(suited) == 1 else None


def _formality(first: str, found: _Found) -> float:
    """How often somebody is called Miss with her first name, by how often she is called by that at all."""
    forms = {first, *(nick for nick, formal in NICKNAMES.items() if formal == first)}
    titled = sum(n for (title, name, _), n in found.counts.items() if name in forms and title in UNMARRIED)
    return titled / max(
        1, sum(n for (title, name, _), n in found.counts.items() if name in forms and not title)
    )


def _first_gender(first: str) -> Gender | None:
    return FIRST_NAMES.get(first) or FIRST_NAMES.get(_formal(first))


def _person(key: Names, members: Sequence[Names], found: _Found) -> Person:
    title, first, last = key
    ordered = sorted(members, key=lambda names: -found.counts[names])
    # A surname alone is what a narrator calls somebody, not who that is.
    best = next((names for names in ordered if names[0] or names[1]), ordered[0])
    written = list(dict.fromkeys(_written(names) for names in [best, *ordered]))
    name = written[0]
    titles = [names[0] for names in members if names[0]]
    gender = (TITLES[title] if title else None) or _first_gender(first)
    gender = gender or next((TITLES[each] for each in titles if TITLES[each]), None)
    return Person(
        name=name,
        names=tuple(written),
        gender=gender,
        accent=next((ACCENTS[each] for each in titles if each in ACCENTS), None),
        surname=last,
        is_married=title in MARRIED,
        mentions=sum(found.counts[names] for names in members),
        narrated=sum(found.narrated[names] for names in members),
    )


def _written(names: Names) -> str:
    title, first, last = names
    dot = "." if title in {"Mr", "Mrs", "Ms", "Dr"} else ""
    return " ".join(filter(None, (f"{title}{dot}" if title else "", first, last)))


def _roles(text: str) -> Iterator[str]:
    for match in _ROLE.finditer(text):
        words = (match["after"] or match["before"]).split()
        if words and words[0] not in NO_ROLES and words[0].lower() not in SPEECH_VERBS:
            yield "the " + " ".join(words)


def _by_role(roles: Counter[str]) -> list[Person]:
    """Those who have no name, but speak: the Psychologist, the footman."""
    return [
        Person(role, (role,), ROLE_GENDERS.get(role.split()[-1].lower()), mentions=count, narrated=count)
        for role, count in roles.items()
        if role.split()[-1].lower() not in NO_ROLES
    ]


def _genders_by_pronouns(people: Sequence[Person], narration: Sequence[str]) -> dict[str, Gender]:
    """What the pronouns behind their names say of those of whom nothing else does."""
    unknown = [person for person in people if person.gender is None]
    text = "\n".join(narration)
    found: dict[str, Gender] = {}
    for person in unknown:
        male = female = 0
        for name in person.names:
            for match in re.finditer(rf"\b{re.escape(name)}\b", text, re.IGNORECASE):
                first = _PRONOUN.search(text, match.end(), match.end() + _PRONOUNS_WITHIN)
                if first is not None:
                    male += first[0].startswith("h") and not first[0].startswith("her")
                    female += first[0].startswith("s") or first[0].startswith("her")
        if abs(male - female) >= (_SURE if male and female else 1):
            found[person.name] = "male" if male > female else "female"
    return found


def _completed(person: Person, genders: Mapping[str, Gender]) -> Person:
    return replace(person, gender=person.gender or genders.get(person.name))


def _with_ages(people: Sequence[Person], texts: Sequence[str]) -> list[Person]:
    said = Counter(match.groups() for text in texts for match in _CAPITAL_OLD.finditer(text))
    wives = {person.surname: person.mentions for person in people if person.is_married}
    return [replace(person, age=_age(person, said, wives)) for person in people]


def _age(person: Person, said: Mapping[tuple[str, ...], int], wives: Mapping[str, int]) -> str | None:
    single = [name for name in person.names if " " not in name]
    old = sum(said.get(("old", name), 0) for name in single)
    young = sum(said.get((word, name), 0) for word in ("young", "little") for name in single)
    if old != young:
        return "old" if old > young else "young"
    titles = {name.split()[0].rstrip(".") for name in person.names if " " in name}
    has_wife = wives.get(person.surname, 0) * _WIVES > person.mentions
    if person.is_married or ("Mr" in titles and has_wife):
        return MIDDLE_AGED
    return "young" if titles & (UNMARRIED | {"Master"}) else None
