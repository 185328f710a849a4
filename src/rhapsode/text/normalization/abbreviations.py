"""Abbreviations, in English: some by what stands beside them, and those that can mean one thing only."""

import re
from collections.abc import Collection, Mapping

from rhapsode.text.normalization.context import ends_sentence, word_before
from rhapsode.text.normalization.edits import Edit, edit, edits
from rhapsode.text.normalization.language import Language
from rhapsode.text.normalization.numerals import cardinal, say
from rhapsode.text.normalization.roman import roman_value
from rhapsode.text.normalization.scanner import Reading, Rule, any_of

_CAPITAL_FOLLOWS = re.compile(r"\s+[\"“‘'(]?[^\W\d_a-zß-öø-ÿ]")  # noqa: RUF001
_NUMBERED_FROM_ONE = frozenset({"vol", "ch", "chap", "fig"})
_FUNCTION_WORDS = frozenset({
    "the", "a", "an", "in", "at", "of", "to", "from", "for", "and", "or", "by", "near", "on", "with",
    "after", "before", "our", "saint", "see",
})  # fmt: skip


def abbreviation_rules(abbreviations: Mapping[str, str], *, may_end_sentence: bool) -> list[Rule]:
    """Abbreviations that are said in the same way wherever they stand, with their full stops.

    may_end_sentence: a last full stop that also ends a sentence stays.
    """
    pattern = re.compile(rf"(?P<short>{any_of(abbreviations)})(?!\w)")

    def read(match: re.Match[str]) -> Reading:
        is_end = may_end_sentence and ends_sentence(match.string, match.end())
        return [Edit(match.start(), match.end() - is_end, abbreviations[match.group()])]

    return [Rule("word", pattern, read)]


def title_rules(
    titles: Mapping[str, str], *, bare: Collection[str], unmistakable: Collection[str]
) -> list[Rule]:
    """What stands before a name: `Dr. Smith`.

    bare: those that are written without a full stop, too.    unmistakable: those that are titles without a name, too.
    """
    title = any_of([*(f"{title}." for title in titles), *bare])
    pattern = re.compile(
        rf"(?P<title>(?:{any_of(unmistakable)})\.(?!\w)|(?:{title})(?={_CAPITAL_FOLLOWS.pattern}))"
    )

    def read(match: re.Match[str]) -> Reading:
        return [edit(match, "title", titles[match["title"].removesuffix(".")])]

    return [Rule("word", pattern, read)]


def after_name_rules(words: Mapping[str, str], *, places: Collection[str]) -> list[Rule]:
    """What stands behind a name: `Smith, Jr.`, `Ocean Ave.`; a full stop that ends the sentence stays.

    places: those behind which no comma is.
    """
    pattern = re.compile(rf"(?P<word>{any_of(words)})\.")

    def read(match: re.Match[str]) -> Reading:
        is_behind_comma = match.string[match.start() - 2 : match.start()] == ", "
        if not _is_name(match) or (is_behind_comma and match["word"] in places):
            return None
        return [_without_end_of_sentence(match, words[match["word"]])]

    return [Rule("word", pattern, read)]


def saint_or_street_rules() -> list[Rule]:
    """`St.` before a name is a saint, behind one a street; between two names it stays as it is."""
    pattern = re.compile(r"St\.|St(?=\s[A-Z])")

    def read(match: re.Match[str]) -> Reading:
        before_name = _CAPITAL_FOLLOWS.match(match.string, match.end()) is not None
        behind_name = _is_name(match) and match.string[match.start() - 2] not in ".,"
        if before_name and not behind_name:
            return [edit(match, 0, "Saint")]
        if behind_name and not before_name and match.group().endswith("."):
            return [_without_end_of_sentence(match, "Street")]
        return ()

    return [Rule("word", pattern, read)]


def before_number_rules(language: Language, words: Mapping[str, str]) -> list[Rule]:
    """What counts something: `No. 5`, `pp. 12–15`, `vol. iv`."""
    pattern = re.compile(
        rf"(?P<word>{any_of(words)})(?P<stop>\.)(?P<gap>\s?)"
        r"(?:(?<=\s)(?=[0-9])|(?P<number>[0-9]{1,9}+)(?!\w|[.,][0-9])|(?P<roman>[ivxlIVXL]++)(?!\w))"
    )

    def read(match: re.Match[str]) -> Reading:
        spoken = Edit(match.start(), match.end("stop"), words[match["word"]] + ("" if match["gap"] else " "))
        if match["number"]:
            return [spoken, edit(match, "number", say(language, match["number"]))]
        if match["roman"] is None:
            return [spoken]
        value = roman_value(match["roman"])
        may_be_pronoun = match["roman"] == "I" and match["word"].lower() not in _NUMBERED_FROM_ONE
        return (
            None
            if value is None or may_be_pronoun
            else [spoken, edit(match, "roman", cardinal(language, value))]
        )

    return [Rule("word", pattern, read)]


def circa_rules() -> list[Rule]:
    """`c. 1850`: only before a year, as it is so short."""
    pattern = re.compile(r"(?P<word>ca?\.)(?P<gap>\s?)(?=[0-9]{3,4}(?![0-9]))")
    return [
        Rule("word", pattern, lambda match: edits(edit(match, "word", "circa" if match["gap"] else "circa ")))
    ]


def and_so_on_rules() -> list[Rule]:
    """`&c.`, as it was printed for et cetera."""

    def read(match: re.Match[str]) -> Reading:
        return [_without_end_of_sentence(match, "et cetera")]

    return [Rule("symbol", re.compile(r"&c\."), read)]


def _is_name(match: re.Match[str]) -> bool:
    """Whether the word before may be the name of something."""
    text, start = match.string, match.start()
    word = word_before(text, start)
    is_named = word[:1].isupper() and word.lower() not in _FUNCTION_WORDS
    is_numbered = re.fullmatch(r"[0-9]+(?:st|nd|rd|th)", word) is not None
    return is_named or is_numbered or text[max(0, start - 3) : start] == " & "


def _without_end_of_sentence(match: re.Match[str], words: str) -> Edit:
    is_end = ends_sentence(match.string, match.end())
    return Edit(match.start(), match.end() - is_end, words)
