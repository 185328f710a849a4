"""The language of a text that nobody has named."""

import pytest

from rhapsode.text.language_guess import (
    find_foreign_language,
    find_other_language,
    guess_language,
    is_unreadable,
)


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


ENGLISH = "Nobody had told her that the boat would be late, and she had not asked for it; it was as it was with him."
FRENCH = (
    "Personne ne lui avait dit que le bateau serait en retard, et elle ne le croyait pas ; il est pour vous."
)
SPANISH = "Nadie le había dicho que el barco no llegaba por la noche, y ella no lo quería para su hermano, era tarde."
RUSSIAN = "Никто не сказал ей, что лодка опоздает, и она бы не поверила, если бы кто-то это сказал."
UKRAINIAN = "Ніхто не сказав їй, що човен запізниться, і вона б не повірила, якби хтось це сказав."
GREEK = "Κανείς δεν της είχε πει ότι το καράβι θα αργούσε."


@pytest.mark.parametrize(
    ("text", "usual", "language"),
    [
        (FRENCH, "en", "fr"),
        (SPANISH, "en-GB", "es"),
        (ENGLISH, "fr_CA", "en"),
        (ENGLISH, "ru", "en"),
        (RUSSIAN, "en", "ru"),
        (GREEK, "de", "el"),
        (UKRAINIAN, "en", None),
        (RUSSIAN, "uk", None),
        (FRENCH, "fr-CH", None),
        (SPANISH, "ca", None),
        (f"{ENGLISH} {FRENCH}", "en", None),
        ("Guten Abend, und nicht zu spät.", "en", None),
        ("x = u und v, de la de la de la de la de la de la", "en", None),
        ("港口很安静，码头上的灯刚刚点亮，没有人告诉她船会晚到。", "en", "zh"),
        ("港口很安静，码头上的灯刚刚点亮，没有人告诉她船会晚到。", "ja", None),
        ("Ида", "en", None),
        ("", "en", None),
    ],
)
def test_a_paragraph_is_only_another_languages_where_there_is_no_doubt(
    text: str, usual: str, language: str | None
) -> None:
    """Not a few words, not two languages in one, nor one of several that share letters or words."""
    assert find_other_language(text, usual) == language


@pytest.mark.parametrize(
    ("text", "is_so"),
    [
        ("港は静かだった。", True),
        ("הנמל היה שקט", True),
        ("港口很安静。", False),
        ("Ida", False),
        ("", False),
    ],
)
def test_some_scripts_are_read_by_nobody(text: str, is_so: bool) -> None:
    """Japanese is told from Chinese by what stands between the kanji."""
    assert is_unreadable(text) == is_so
