import pytest

from rhapsode.text.characters import beginning_of, cut_before


@pytest.mark.parametrize(
    ("text", "index", "cut"),
    [
        ("abcdef", 3, 3),
        ("abe\u0301f", 3, 2),
        ("abe\u0301\u0323f", 4, 2),
        ("a\U0001f469\u200d\U0001f4bbb", 2, 1),
        ("a\U0001f469\u200d\U0001f4bbb", 3, 1),
        ("a\U0001f44d\U0001f3fdb", 2, 1),
        ("\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7", 3, 2),
        ("\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7", 2, 2),
        ("a\ud83d\ude00b", 2, 1),
        ("\u0915\u094d\u0937", 2, 2),
        ("abc", 3, 3),
        ("abc", 9, 9),
    ],
)
def test_a_cut_moves_before_the_character_it_would_tear(text: str, index: int, cut: int) -> None:
    """Marks, joined emoji, skin tones, flags and surrogate pairs stay with what they belong to."""

    assert cut_before(text, index) == cut


@pytest.mark.parametrize("text", ["\u0301" * 200, "e" + "\u0301" * 200])
def test_there_is_always_a_cut(text: str) -> None:
    """Where everything near belongs together, the text is cut where it was asked for."""

    assert cut_before(text, 150) == 150


def test_a_cut_is_never_at_the_start() -> None:
    """A cut at 0 would make no progress, so the text is torn instead."""

    assert cut_before("e\u0301\u0301", 2) == 2


def test_a_beginning_is_one_line() -> None:
    """Of so many characters at most, the last of which says that there is more; nothing is torn apart."""
    assert beginning_of(" Rain\n all\tday. ", 13) == "Rain all day."
    assert beginning_of("Rain all day.", 10) == "Rain all…"
    assert beginning_of("Cafe\u0301s", 5) == "Caf…"
