"""Which mnemonic is which sound, asked of something that answers like the library."""

from rhapsode.engines.espeak.sounds import Ear, find_sounds

IPA = {"p": "p", "a": "a", "A:": "ɑː", "t": "t", "t#": "t", "I": "ɪ", "r": "r", "tS": "tʃ", "a35": "a35"}


def heard(text: str) -> list[str]:
    """Phonemes of a voice that knows those above, and says "i" for an "I" at the end."""
    names = text.strip("[]").replace("ma", "m|a").split("|")
    known = [name for name in names if name in IPA or name == "m"]
    return [*known[:-1], "i"] if known[-1:] == ["I"] else known


def ipa(text: str) -> str:
    """The same in IPA, an "r" before a vowel being another one."""
    return "".join(({"i": "i", "m": "m"} | IPA)[name] for name in heard(text)).replace("ra", "ɹa")


def test_each_sound_has_its_plainest_mnemonic() -> None:
    """Those of other voices aren't there, and neither are modifiers, but tones are."""
    sounds = find_sounds(
        ["t#", "t", "A:", "a", "I", "r", "tS", "Q^", ":", "p", "'", "35", "7"], Ear(heard, ipa)
    )

    assert sounds["t"] == "t"
    assert sounds["ɑː"] == "A:"
    assert sounds["ɪ"] == "I"
    assert sounds["r"] == sounds["ɹ"] == "r"
    assert sounds["tʃ"] == "tS"
    assert sounds["35"] == "35"
    assert {"7", "", "'", ":"}.isdisjoint(sounds)
    assert "Q^" not in sounds.values()
