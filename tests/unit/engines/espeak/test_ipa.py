"""IPA as mnemonics, with a voice of a few sounds."""

import unicodedata

import pytest

from rhapsode.engines.espeak.ipa import mnemonics

SOUNDS = {
    unicodedata.normalize("NFD", symbol): mnemonic
    for symbol, mnemonic in {
        "t": "t",
        "d": "d",
        "ʃ": "S",
        "tʃ": "tS",
        "n": "n",
        "m": "m",
        "l": "l",
        "ɡ": "g",
        "ɹ": "r",
        "s": "s",
        "n̩": "n-",
        "a": "a",
        "i": "i",
        "iː": "i:",
        "ɑː": "A:",
        "ə": "@",
        "əʊ": "oU",
        "ɛ": "E",
        "ç": "C",
        "35": "35",
    }.items()
}


@pytest.mark.parametrize(
    ("ipa", "said"),
    [
        ("təˈmɑːtəʊ", "t|@|m|'A:|t|oU"),  # stress goes to the vowel, a two-part vowel is one sound
        ("ˌmiːˈti", "m|,i:|t|'i"),
        ("tʃa t͡ʃa ʧa", "tS|'a tS|'a tS|'a"),  # three ways to write one sound
        ("ga ɡa", "g|'a g|'a"),
        ("iç", "'i|C"),
        ("ma.ti", "m|'a|t|i"),  # a dot is no sound
        ("/mat/", "m|'a|t"),
        ("(ma) [ti]", "m|'a t|'i"),
        ("aː", "'a|:"),  # longer than any it has
        ("i:", "'i:"),
        ("ɑ", "'A:"),  # the only length it has
        ("tʰa", "t|'a"),  # without the diacritic
        ("ˈtn̩", "t|'n-"),
        ("ʎa", "l|'a"),
        ("ʀa", "r|'a"),  # by way of another that it doesn't have either
        ("toʊ", "t|'oU"),  # another accent's spelling
        ("ð", "d"),
        ("ma˧˥", "m|'a35"),
        ("man˧˥", "m|'a35|n"),
        ("təmat", "t|@|m|'a|t"),  # no stress at all: on the first full vowel
        ("tət", "t|'@|t"),
        ("", ""),
        ("42 ?! 好", ""),
    ],
)
def test_ipa_is_said_with_the_sounds_there_are(ipa: str, said: str) -> None:
    """Each sound by its mnemonic, or by the nearest one that the voice has."""
    assert mnemonics(ipa, SOUNDS) == said


def test_any_text_is_harmless() -> None:
    """What a mnemonic would do to the text around it can't be asked for: no bracket gets through."""
    said = mnemonics("ma]] ti [[ ma | ti \x01 ' , : ;", SOUNDS)

    assert not set(said) & set("[]\x01")


def test_a_voice_without_sounds_says_nothing() -> None:
    """There is nothing to say it with."""
    assert mnemonics("təˈmɑːtəʊ", {}) == ""
