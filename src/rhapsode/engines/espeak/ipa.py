"""IPA as espeak's own mnemonics, for the voice's own set of sounds. Values in, values out.

Which sound of a voice an IPA symbol is, the voice itself says (`Library.sounds`). What it doesn't have is replaced by
the nearest that it has: first with or without length, then without diacritics, then by way of `_NEAREST`.
"""

# ruff: noqa: RUF001 -- these are the letters of IPA

import unicodedata
from collections.abc import Iterator, Mapping, Sequence

_PRIMARY, _SECONDARY, _LONG, _HALF_LONG = "\u02c8", "\u02cc", "\u02d0", "\u02d1"
_SYLLABIC = "\u0329"
_STRESSES = {_PRIMARY: "'", _SECONDARY: ",", "'": "'"}
_TONES = str.maketrans("\u02e5\u02e6\u02e7\u02e8\u02e9", "54321")
# espeak fails at words of some 200 sounds; this is twice the longest name of a place.
_MAX_CHARACTERS = 120
# The letters of 1949 and those that keyboards have, as the ones that espeak prints. Decomposed where they can be.
_SPELLINGS = str.maketrans(
    {
        "g": "\u0261",
        ":": _LONG,
        _HALF_LONG: _LONG,
        "\u02a3": "dz",
        "\u02a4": "d\u0292",
        "\u02a5": "d\u0291",
        "\u02a6": "ts",
        "\u02a7": "t\u0283",
        "\u02a8": "t\u0255",
        "\u0361": None,
        "\u035c": None,
    }
)
# For a sound that a voice doesn't have, others in the order in which to try them.
_NEAREST: Mapping[str, tuple[str, ...]] = {
    "i": ("ɪ",),
    "ɪ": ("i",),
    "y": ("ʏ", "i"),
    "ʏ": ("y", "ɪ"),
    "ɨ": ("ᵻ", "ɪ", "i"),
    "ᵻ": ("ɪ", "ɨ"),
    "ʉ": ("u",),
    "ɯ": ("ɨ", "u"),
    "u": ("ʊ",),
    "ʊ": ("u",),
    "e": ("ɛ", "eɪ"),
    "ɛ": ("e", "æ"),
    "ø": ("œ", "ɜ", "e"),
    "œ": ("ø", "ɜ", "ɛ"),
    "ɘ": ("ə",),
    "ɵ": ("ə", "ø"),
    "ɤ": ("ʌ", "o"),
    "o": ("ɔ", "oʊ"),
    "ɔ": ("o", "ɒ"),
    "ə": ("ɐ", "ɜ", "e"),
    "ɚ": ("əɹ", "ə"),
    "ɝ": ("ɜː", "ɚ"),
    "ɜ": ("ə", "ɛ"),
    "ɞ": ("ɜ", "ə"),
    "ʌ": ("ɐ", "a"),
    "ɐ": ("ə", "a", "ʌ"),
    "æ": ("a", "ɛ"),
    "a": ("ä", "æ", "ɑ"),
    "ä": ("a", "ɑ"),
    "ɶ": ("œ", "a"),
    "ɑ": ("ɒ", "a"),
    "ɒ": ("ɑ", "ɔ"),
    "ɹ": ("r", "ɾ", "ʁ"),
    "r": ("ɾ", "ɹ", "ʁ"),
    "ɾ": ("r", "ɹ", "ʁ"),
    "ɻ": ("ɹ", "r"),
    "ɽ": ("ɾ", "r"),
    "ʁ": ("ʀ", "r", "ɣ"),
    "ʀ": ("ʁ", "r"),
    "l": ("ɫ", "ɭ", "ʎ"),
    "ɫ": ("l",),
    "ɭ": ("l",),
    "ʎ": ("lj", "l"),
    "ɬ": ("ʃl", "l"),
    "ɮ": ("l",),
    "ɱ": ("m",),
    "ɲ": ("nj", "n"),
    "ɳ": ("n",),
    "ŋ": ("n",),
    "ɴ": ("ŋ", "n"),
    "ʈ": ("t",),
    "ɖ": ("d",),
    "c": ("tj", "k"),
    "ɟ": ("dj", "ɡ"),
    "q": ("k",),
    "ɢ": ("ɡ",),
    "ɸ": ("f",),
    "β": ("v", "b"),
    "v": ("ʋ", "w", "b"),
    "ʋ": ("v", "w"),
    "f": ("p",),
    "θ": ("s", "t"),
    "ð": ("z", "d"),
    "z": ("s",),
    "ʃ": ("ʂ", "ɕ", "s"),
    "ʒ": ("ʐ", "ʑ", "ʃ", "z"),
    "ʂ": ("ʃ",),
    "ʐ": ("ʒ",),
    "ɕ": ("ʃ",),
    "ʑ": ("ʒ",),
    "ç": ("ɕ", "x", "h"),
    "ʝ": ("j",),
    "x": ("χ", "h", "k"),
    "χ": ("x", "h"),
    "ɣ": ("ɡ",),
    "ħ": ("h",),
    "h": ("ɦ", "x"),
    "ɦ": ("h",),
    "ʍ": ("w",),
    "w": ("ʊ", "u", "v"),
    "ɥ": ("j",),
    "ɰ": ("w",),
    "j": ("i",),
}
# Two-part vowels that are one sound, written as one accent or another has them.
_SAME_SOUND = (
    ("oʊ", "əʊ", "ou"),
    ("aɪ", "ai"),
    ("aʊ", "au", "ɑu"),
    ("eɪ", "ei"),
    ("ɔɪ", "ɔʏ", "ɔø", "oi"),
    ("iə", "ɪə", "ɪɹ"),
    ("eə", "ɛə", "ɛɹ"),
    ("ʊə", "ʊɹ"),
)
_VOWELS = frozenset("iɪyʏɨᵻʉɯuʊeɛøœɘɵɤoɔəɚɝɜɞʌɐæaɶɑɒ")
_WEAK_VOWELS = frozenset("əɚᵻ")
_NEAREST_DECOMPOSED = {
    unicodedata.normalize("NFD", symbol): tuple(unicodedata.normalize("NFD", other) for other in others)
    for symbol, others in _NEAREST.items()
}


def mnemonics(ipa: str, sounds: Mapping[str, str]) -> str:
    """Say `ipa` in espeak's mnemonics, a bar between two, a space between words; "" when nothing of it is a sound.

    sounds: from decomposed IPA (NFD) to the mnemonic of the voice. An entry of digits is a tone.
    Stress goes to the next vowel, where espeak wants it, and in a word that has none to its first full vowel. What is
    no sound, such as dots and brackets, is left out. Of a very long pronunciation only the beginning is said.
    """
    known = {**dict(_other_spellings(sounds)), **sounds}
    words = (_word(word, known) for word in spelled(ipa)[:_MAX_CHARACTERS].split())
    return " ".join(word for word in words if word)


def spelled(ipa: str) -> str:
    """IPA in the one spelling that is looked up: decomposed, without ties, with the letters that espeak prints."""
    return unicodedata.normalize("NFD", ipa).translate(_SPELLINGS)


def _other_spellings(sounds: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for group in _SAME_SOUND:
        own = next((sounds[symbol] for symbol in group if symbol in sounds), None)
        if own is not None:
            yield from ((symbol, own) for symbol in group)


def _word(word: str, sounds: Mapping[str, str]) -> str:
    said: list[str] = []
    vowels: dict[int, str] = {}
    stress = ""
    for symbol, mnemonic in _pieces(word, sounds):
        if symbol in _STRESSES:
            stress = _STRESSES[symbol]
        elif _is_tone(symbol):
            _set_tone(said, vowels, mnemonic)
        elif _is_syllabic(symbol):
            vowels[len(said)] = symbol
            said.append(stress + mnemonic)
            stress = ""
        else:
            said.append(mnemonic)
    if vowels and not any(mnemonic.startswith("'") for mnemonic in said):
        _set_stress(said, vowels)
    return "|".join(said)


def _set_stress(said: list[str], vowels: Mapping[int, str]) -> None:
    """Stress the first full vowel of a word that says nothing of stress, which espeak would mumble."""
    full = [index for index, symbol in vowels.items() if symbol[0] not in _WEAK_VOWELS]
    index = full[0] if full else min(vowels)
    said[index] = "'" + said[index].lstrip(",")


def _set_tone(said: list[str], vowels: Mapping[int, str], tone: str) -> None:
    """Put a tone behind the last vowel: where espeak wants it, and IPA doesn't."""
    if vowels:
        said[max(vowels)] += tone


def _is_tone(symbol: str) -> bool:
    return symbol.translate(_TONES).isdigit()


def _is_syllabic(symbol: str) -> bool:
    return symbol[:1] in _VOWELS or _SYLLABIC in symbol


def _pieces(word: str, sounds: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Each symbol of a word that means something, the longest that the voice has first, with its mnemonic."""
    longest = max(map(len, sounds), default=1)
    place = 0
    while place < len(word):
        length = _longest_known(word[place : place + longest], sounds) or _symbol_length(word, place)
        symbol = word[place : place + length]
        place += length
        if symbol in _STRESSES:
            yield symbol, ""
        else:
            yield from ((symbol, mnemonic) for mnemonic in _resolved(symbol, sounds, frozenset()))


def _longest_known(ahead: str, sounds: Mapping[str, str]) -> int:
    """How many characters the longest sound takes that the voice has here; one isn't cut off from its diacritics."""
    for length in range(len(ahead), 0, -1):
        if ahead[:length] in sounds and not _continues(ahead[length : length + 1]):
            return length
    return 0


def _continues(character: str) -> bool:
    return character == _LONG or (character != "" and unicodedata.category(character) in {"Mn", "Lm"})


def _symbol_length(word: str, place: int) -> int:
    """A letter with its diacritics and its length, or a row of tone letters."""
    end = place + 1
    if word[place] in _STRESSES:
        return 1
    if _is_tone(word[place]):
        while end < len(word) and _is_tone(word[end]):
            end += 1
        return end - place
    while end < len(word) and word[end] not in _STRESSES and _continues(word[end]):
        end += 1
    return end - place


def _resolved(symbol: str, sounds: Mapping[str, str], seen: frozenset[str]) -> Sequence[str]:
    """The mnemonics of one symbol, or of what comes nearest to it; none when nothing does."""
    tone = symbol.translate(_TONES)
    if tone in sounds:
        return (sounds[tone],)
    if symbol in seen:
        return ()
    seen |= {symbol}
    bare = symbol.rstrip(_LONG)
    if bare != symbol:
        short = _resolved(bare, sounds, seen)
        # The colon makes longer what stands before it.
        return (*short, ":") if len(short) == 1 and not short[0].endswith(":") else short
    if bare + _LONG in sounds:
        return (sounds[bare + _LONG],)
    return _nearest(bare, sounds, seen)


def _nearest(symbol: str, sounds: Mapping[str, str], seen: frozenset[str]) -> Sequence[str]:
    """One of the others that the voice has, or else one that can itself be replaced."""
    letter = symbol[:1]
    others = (*_NEAREST_DECOMPOSED.get(symbol, ()), *([letter] if letter != symbol else []))
    for other in others:
        parts = [other] if other in sounds else list(_letters(other))
        own = [sounds.get(part) or sounds.get(part + _LONG) for part in parts]
        if all(own):
            return [mnemonic for mnemonic in own if mnemonic]
    for other in others:
        resolved = [_resolved(part, sounds, seen) for part in _letters(other)]
        if all(resolved):
            return [mnemonic for part in resolved for mnemonic in part]
    return ()


def _letters(symbols: str) -> Iterator[str]:
    place = 0
    while place < len(symbols):
        length = _symbol_length(symbols, place)
        yield symbols[place : place + length]
        place += length
