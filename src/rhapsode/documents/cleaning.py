"""From the characters of a file to the text of a block."""

import re
import unicodedata

LINE_BREAK = "\x02"
"""Stands for `<br>` until the block's kind decides what it becomes. No document can hold it."""

NOTE_MARK = "\x03"
"""Stands where a note reference was, so that the space before it can go too."""

DROP_CAP = "\x04"
"""Stands after an enlarged first letter."""

# Invisible characters that only guide layout: soft hyphen, zero-width space, word joiner, byte-order mark,
# Mongolian vowel separator, and the marks and isolates of bidirectional text.
_INVISIBLE = dict.fromkeys(
    [0xAD, 0x200B, 0x2060, 0xFEFF, 0x180E, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
)
# Joiners shape letters in Arabic and Indic scripts and join emoji; elsewhere they only disturb.
_LOOSE_JOINER = re.compile(
    "(?<![\u0590-\u1cff\ua800-\U0010ffff\ufe0f])[\u200c\u200d]|[\u200c\u200d](?![\u0590-\u1cff\u2600-\U0010ffff])"
)
_SPACES = re.compile(r"\s+")
_BREAK_IN_CJK = re.compile(
    "(?<=[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef])[ \t]*\n\\s*(?=[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef])"
)
_NOTE_MARK_BEFORE_STOP = re.compile(f"[ \u00a0]*(?:{NOTE_MARK}\\s*)+(?=[.,;:!?)\\]\u2019\u201d]|$)")
_SPLIT_DROP_CAP = re.compile(f"([^\\W\\d_]){DROP_CAP}\\s+(?=[^\\W\\d_])")
# Capitals that are words by themselves in some European language; the others can only begin a word.
_WORDS_OF_ONE_LETTER = frozenset("AIOYEUÀÈÉÓÁÍÖÅКВСЯАИОУ")  # noqa: RUF001 -- Cyrillic ones too

# "* * *", "⁂", "— — —", "#", "oOo" and the like. Dots are missing on purpose: "…" is a line of dialogue.
_ORNAMENT = re.compile(
    r"[\s*•·∙●○◦■□◆◇♦❖✦✧★☆✻✽❀❦☙❧⁂\u204e⁑~\u223c〜\u2013—―_=#+§¶†‡|/\\-]*(?:[oO0]{1,3})?[\s*~\u2013—―_=-]*"
)
_ORNAMENT_SIGN = re.compile(r"[^\s\w|/\\§¶†‡]|oOo|o0o|_{3}")

LONGEST_NAME_CHARACTERS = 200
"""A chapter's name; longer headings are cut for the name only, never in the text."""


def tidy(raw: str) -> str:
    """One line of text: NFC, no invisible characters, whitespace collapsed, our own marks resolved."""
    text = raw
    if not text.isascii():
        text = _LOOSE_JOINER.sub("", text.translate(_INVISIBLE))
        text = unicodedata.normalize("NFC", _BREAK_IN_CJK.sub("", text))
    if NOTE_MARK in text:
        text = _NOTE_MARK_BEFORE_STOP.sub("", text).replace(NOTE_MARK, "")
    if DROP_CAP in text:
        text = _SPLIT_DROP_CAP.sub(_joined_drop_cap, text).replace(DROP_CAP, "")
    return _SPACES.sub(" ", text.replace(LINE_BREAK, " ")).strip()


def tidy_lines(raw: str) -> list[str]:
    """The lines of verse, each tidy; empty ones are dropped."""
    return [line for line in map(tidy, raw.split(LINE_BREAK)) if line]


def is_ornament(text: str) -> bool:
    """Whether a tidy `text` is only a typographic sign between scenes."""
    return (
        len(text) <= 40 and _ORNAMENT.fullmatch(text) is not None and _ORNAMENT_SIGN.search(text) is not None
    )


def shortened(name: str) -> str:
    """`name` cut at a word to at most `LONGEST_NAME_CHARACTERS`."""
    if len(name) <= LONGEST_NAME_CHARACTERS:
        return name
    return name[: LONGEST_NAME_CHARACTERS - 1].rpartition(" ")[0] + "…"


def _joined_drop_cap(match: re.Match[str]) -> str:
    letter = match[1]
    return f"{letter} " if letter in _WORDS_OF_ONE_LETTER else letter
