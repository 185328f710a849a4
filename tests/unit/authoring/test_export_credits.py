"""What is said before and after a book."""

import pytest

from rhapsode.authoring.export_credits import Credits, closing_credits, opening_credits

TIDES = Credits("Tides", "en-GB", "Ida Strand", "Alder", "2026 Ida Strand")


def test_both_ends_of_a_book() -> None:
    """Title, author and narrator are said at both, and the owner at the end."""
    assert opening_credits(TIDES) == ("Tides.", "Written by Ida Strand.", "Narrated by Alder.")
    assert closing_credits(TIDES) == (
        "The End.",
        "Tides.",
        "Written by Ida Strand.",
        "Narrated by Alder.",
        "2026 Ida Strand.",
    )


@pytest.mark.parametrize(
    ("language", "said", "end"),
    [
        ("de-AT", "Gelesen von Alder.", "Ende."),
        ("fr", "Lu par Alder.", "Fin."),
        ("es_MX", "Narrado por Alder.", "Fin."),
        ("it", "Letto da Alder.", "Fine."),
        ("pt-BR", "Narrado por Alder.", "Fim."),
    ],
)
def test_they_are_in_the_language_of_the_book(language: str, said: str, end: str) -> None:
    """Whatever its region is."""
    tides = Credits("Ebbe!", language, narrator="Alder")
    assert opening_credits(tides) == ("Ebbe!", said)
    assert closing_credits(tides) == (end, "Ebbe!", said)


def test_a_language_without_words_has_names() -> None:
    """Nobody hears English words in a Finnish voice."""
    assert closing_credits(Credits("Vuorovesi", "fi", "Ida Strand")) == ("Vuorovesi.", "Ida Strand.")


def test_what_nobody_knows_is_not_said() -> None:
    """A book without an author has a title still, and no name ends in two full stops."""
    assert opening_credits(Credits("Tides?", "en")) == ("Tides?",)
    assert opening_credits(Credits("Tides", "en", "A. Writer, Jr."))[1] == "Written by A. Writer, Jr."
