"""Which of a voice's languages a BCP 47 tag asks for."""

from rhapsode.studio.errors import UnknownLanguage
from rhapsode.studio.voice import Voice

ANY_LANGUAGE = "mul"
"""Among a voice's languages: it speaks them all (ISO 639-2, "multiple languages")."""

_OTHER_NAMES = {"no": "nb", "cmn": "zh"}
# Regions whose Spanish is nearer to es-419 than to es (CLDR, parent locales).
_LATIN_AMERICA = frozenset(
    {
        "ar",
        "bo",
        "br",
        "bz",
        "cl",
        "co",
        "cr",
        "cu",
        "do",
        "ec",
        "gt",
        "hn",
        "mx",
        "ni",
        "pa",
        "pe",
        "pr",
        "py",
    }
    | {"sv", "us", "uy", "ve"}
)


def resolve_language(tag: str, voice: Voice) -> str:
    """Return the one of `voice.languages` that fits `tag` best.

    In this order: the tag itself; the tag cut short from its end ("de-AT" is spoken as "de"; RFC 4647,
    section 3.4); the voice's own accent of the same language ("en" is en-GB for a British voice); the first
    accent listed. Case and underscores don't matter.
    Raises: UnknownLanguage, naming the languages of the voice.
    """
    if ANY_LANGUAGE in voice.languages:
        return ANY_LANGUAGE
    by_tag = {language.lower(): language for language in voice.languages}
    wanted = tag.strip().replace("_", "-").lower().split("-")
    wanted[0] = _OTHER_NAMES.get(wanted[0], wanted[0])
    for candidate in _candidates(wanted):
        if candidate in by_tag:
            return by_tag[candidate]
    for language in (voice.language, *voice.languages):
        if language.lower().split("-")[0] == wanted[0]:
            return language
    msg = f"{voice.name} does not speak {tag!r}; it speaks {', '.join(voice.languages)}"
    raise UnknownLanguage(msg)


def speaks(voice: Voice, tag: str) -> bool:
    """Whether a voice reads texts of a language."""
    try:
        resolve_language(tag, voice)
    except UnknownLanguage:
        return False
    return True


def primary_language(tag: str) -> str:
    """The language that a tag names, whatever script, region or accent it says too."""
    first = tag.strip().replace("_", "-").lower().split("-")[0]
    return _OTHER_NAMES.get(first, first)


def _candidates(subtags: list[str]) -> list[str]:
    cut_short = ["-".join(subtags[:count]) for count in range(len(subtags), 0, -1)]
    if subtags[0] == "es" and _LATIN_AMERICA.intersection(subtags[1:]):
        cut_short.insert(-1, "es-419")
    return cut_short
