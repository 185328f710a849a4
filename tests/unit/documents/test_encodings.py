"""Bytes to characters: marks, UTF-8, and the most likely of the old encodings."""

import random

import pytest

from rhapsode.documents.encodings import decoded_text
from rhapsode.studio.errors import DocumentRefused

_ENGLISH = (
    "“It’s a café,” she said – the naïve fiancé’s façade… “and so on,” they said to one another.\n" * 20
)
_GERMAN = "„Die Straße war über Nacht größer geworden“, sagte Jörg – und ähnlich müde hörte er auf.\n" * 20
_FRENCH = "« Où êtes-vous, mon cœur ? » demanda-t-elle à l’élève, déjà très fatigué par l’été.\n" * 20
_POLISH = "Zażółć gęślą jaźń, powiedziała cicho dziewczyna, która szła przez ciemną ulicę.\n" * 20
_CZECH = "Příliš žluťoučký kůň úpěl ďábelské ódy, řekla tiše dívka a šla dál přes ulici.\n" * 20
_RUSSIAN = "Лампа горела всю ночь, и никто не заметил, как пришло утро над тихой рекой.\n" * 20
_JAPANESE = "猫は静かに眠る。誰もそれを見ていなかった。朝になると、町は明るくなった。\n" * 20
_CHINESE = "灯火整夜未灭，没有人注意到清晨已经来到安静的河边。他们慢慢地走回家去。\n" * 20


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_in_all_its_forms(encoding: str) -> None:
    """With or without a mark, Unicode is recognised."""
    assert decoded_text(_ENGLISH.encode(encoding)) == _ENGLISH


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (_ENGLISH, "cp1252"),
        (_GERMAN, "cp1252"),
        (_FRENCH, "cp1252"),
        (_POLISH, "cp1250"),
        (_CZECH, "cp1250"),
        (_RUSSIAN, "cp1251"),
        (_JAPANESE, "shift_jis"),
        (_CHINESE, "gb18030"),
    ],
    ids=["english", "german", "french", "polish", "czech", "russian", "japanese", "chinese"],
)
def test_old_encodings_are_guessed(text: str, encoding: str) -> None:
    """Western text is read as cp1252, the others as what they are."""
    assert decoded_text(text.encode(encoding)) == text


def test_one_accent_in_a_long_text_is_enough() -> None:
    """A single odd byte among plain ASCII decides nothing but itself."""
    text = "The lamp was lit. " * 3000 + "\nA caf\u00e9.\n"

    assert decoded_text(text.encode("cp1252")) == text


def test_line_ends_of_all_systems() -> None:
    """Windows' and old Macs' line ends become line feeds."""
    assert decoded_text(b"a\r\nb\rc\n") == "a\nb\nc\n"


@pytest.mark.parametrize("content", [random.Random(7).randbytes(5000), bytes(100), b"text\0text" * 50])
def test_what_is_no_text_is_refused(content: bytes) -> None:
    """Random and zero bytes are told as no text."""
    with pytest.raises(DocumentRefused, match="isn't text"):
        decoded_text(content)
