"""Which sound each of a voice's mnemonics is, in IPA: asked of the library itself, so it is true of any version."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from typing import NamedTuple

from rhapsode.engines.espeak.ipa import spelled

_STRESS = "',%="
_MODIFIERS = frozenset({":", ";", "-"})
# In what espeak prints: stress, and the digits of tones.
_NO_SOUND = re.compile("[\u02c8\u02cc0-9]")
# By itself, between consonants and before a vowel: "I" at the end of an English word is another sound, and "r" is the
# English one only before a vowel.
_SURROUNDINGS = (("", ""), ("p", "p"), ("", "a"))


class Ear(NamedTuple):
    """How the library reads mnemonics between double brackets: as phonemes, and in IPA."""

    phonemes_of: Callable[[str], Sequence[str]]
    ipa_of: Callable[[str], str]


def find_sounds(candidates: Sequence[str], ear: Ear) -> Mapping[str, str]:
    """From decomposed IPA to the mnemonic that says it. Tones are entries of digits.

    candidates: mnemonics, of which the voice needs to have none.
    """
    tones = {
        name
        for name in candidates
        if name.isdigit() and ear.phonemes_of(f"[[ma{name}]]")[1:2] == [f"a{name}"]
    }
    found: dict[str, list[str]] = {}
    for mnemonic in candidates:
        if mnemonic not in tones | _MODIFIERS and not set(mnemonic) & {"|", *_STRESS}:
            for symbol in _symbols(mnemonic, ear, tones):
                found.setdefault(symbol, []).append(mnemonic)
    sounds = {symbol: min(mnemonics, key=_plainness) for symbol, mnemonics in found.items()}
    # Only those of Chinese are written in the digits of IPA; Vietnamese counts its tones.
    return sounds | {tone: tone for tone in tones if len(tone) > 1}


def _plainness(mnemonic: str) -> tuple[bool, int]:
    """The plain one of several first: others, with digits and signs, are those that rules of the language put in."""
    return not mnemonic.strip(":@.^").isalpha() and mnemonic != "@", len(mnemonic)


def _symbols(mnemonic: str, ear: Ear, tones: Set[str]) -> Iterator[str]:
    for before, after in _SURROUNDINGS:
        names = [name for name in (before, mnemonic, after) if name]
        said = f"[[{'|'.join(names)}]]"
        heard = [name.strip(_STRESS) for name in ear.phonemes_of(said) if not name.startswith("_")]
        if len(heard) == len(names) and all(
            _is_same(*pair, tones) for pair in zip(heard, names, strict=True)
        ):
            symbol = spelled(_within(_ipa(said, ear), before, after, ear))
            # espeak prints a mnemonic of its own where it knows no IPA.
            if symbol and not re.search("[^\\w\u0300-\u036f]", symbol):
                yield symbol


def _is_same(heard: str, name: str, tones: Iterable[str]) -> bool:
    return heard == name or (heard.startswith(name) and heard[len(name) :] in tones)


def _ipa(said: str, ear: Ear) -> str:
    return _NO_SOUND.sub("", ear.ipa_of(said))


def _within(ipa: str, before: str, after: str, ear: Ear) -> str:
    behind = _ipa(f"[[p|{after}]]", ear).removeprefix("p") if after else ""
    return ipa.removeprefix(before).removesuffix(behind)
