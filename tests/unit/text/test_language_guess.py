"""The language of a text that nobody has named."""

import pytest

from rhapsode.text.language_guess import find_foreign_language, guess_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The harbour was quiet, and the lamps were lit.", "en"),
        ("Der Hafen war still, als Ida die Stufen herabkam, und nicht einmal ein Hund bellte.", "de"),
        ("Le port était calme quand elle descendit les marches avec une lampe.", "fr"),
        ("El puerto estaba tranquilo cuando ella bajó los escalones con una lámpara.", "es"),
        ("Il porto era tranquillo e lei scese gli scalini con una lampada della nave.", "it"),
        ("O porto estava calmo e ela desceu os degraus com uma lâmpada do barco.", "pt"),
        ("De haven was stil toen zij met een lamp van het schip de trap afkwam.", "nl"),
        ("Гавань была тиха.", "ru"),
        ("港口很安静。", "zh"),
        ("Το λιμάνι ήταν ήσυχο.", "el"),
        ("1, 2, 3", "en"),
        ("", "en"),
        ("Brrr", "en"),
    ],
)
def test_script_and_common_words_tell(text: str, language: str) -> None:
    """English is what nothing speaks against."""
    assert guess_language(text) == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Der Hafen war still, und nicht einmal ein Hund bellte. " * 10, "de"),
        ("Der Hafen war still, und nicht einmal ein Hund bellte.", None),
        ("The harbour was quiet, and that was the end of it. " * 10, None),
        ("The harbour was quiet. Der Hafen war still, und nicht einmal ein Hund bellte. " * 10, None),
        ("Lorem ipsum dolor sit amet, consectetur adipiscing elit. " * 40, None),
        ("Гавань была тиха.", "ru"),
        ("", None),
    ],
)
def test_a_foreign_language_is_only_told_where_it_is_sure(text: str, language: str | None) -> None:
    """A few words, two languages in turn and the printers' Latin leave it open."""
    assert find_foreign_language(text) == language
