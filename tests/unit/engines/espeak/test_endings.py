"""The English 's behind a word with a pronunciation."""

import pytest

from rhapsode.engines.espeak.endings import with_endings
from rhapsode.studio.pronunciation import Pronunciation


@pytest.mark.parametrize(
    ("sounds", "expected"),
    [("ˈaɪda", "ˈaɪdaz"), ("ʃek", "ʃeks"), ("ˈlʊis", "ˈlʊisɪz"), ("/dʒuːn/", "/dʒuːnz")],
)
def test_it_follows_the_last_sound(sounds: str, expected: str) -> None:
    """Voiced, voiceless, or a syllable of its own; it belongs to the word then."""
    (found,) = with_endings("Ida’s boat", [Pronunciation(0, 3, sounds)], language="en-GB")

    assert found == Pronunciation(0, 5, expected)


@pytest.mark.parametrize("text", ["Ida is", "Ida'sun", "Ida", "Ida, 's"])
def test_without_it_nothing_changes(text: str) -> None:
    """Only an ending that is one, right behind the word."""
    given = (Pronunciation(0, 3, "ˈaɪda"),)

    assert with_endings(text, given, language="en-US") == given


def test_other_languages_have_no_such_ending() -> None:
    """In French what follows an apostrophe is a word."""
    given = (Pronunciation(0, 3, "ida"),)

    assert with_endings("Ida's", given, language="fr") == given
