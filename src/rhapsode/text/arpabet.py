"""The phonemes of the CMU dictionary as IPA."""

# ruff: noqa: RUF001, RUF002 -- these are the letters of IPA

from collections.abc import Mapping

_STRESSES = {"1": "\u02c8", "2": "\u02cc"}
_UNSTRESSED: Mapping[str, str] = {"AH": "ə", "ER": "ɚ"}
_SOUNDS: Mapping[str, str] = {
    "AA": "ɑː",
    "AE": "æ",
    "AH": "ʌ",
    "AO": "ɔː",
    "AW": "aʊ",
    "AX": "ə",
    "AXR": "ɚ",
    "AY": "aɪ",
    "B": "b",
    "CH": "tʃ",
    "D": "d",
    "DH": "ð",
    "DX": "ɾ",
    "EH": "ɛ",
    "EL": "l̩",
    "EM": "m̩",
    "EN": "n̩",
    "ER": "ɝ",
    "EY": "eɪ",
    "F": "f",
    "G": "ɡ",
    "H": "h",
    "HH": "h",
    "IH": "ɪ",
    "IX": "ɨ",
    "IY": "iː",
    "JH": "dʒ",
    "K": "k",
    "L": "l",
    "M": "m",
    "N": "n",
    "NG": "ŋ",
    "NX": "ɾ̃",
    "OW": "oʊ",
    "OY": "ɔɪ",
    "P": "p",
    "Q": "ʔ",
    "R": "ɹ",
    "S": "s",
    "SH": "ʃ",
    "T": "t",
    "TH": "θ",
    "UH": "ʊ",
    "UW": "uː",
    "UX": "ʉ",
    "V": "v",
    "W": "w",
    "WH": "ʍ",
    "Y": "j",
    "Z": "z",
    "ZH": "ʒ",
}


def arpabet_to_ipa(text: str) -> str:
    """Write ARPAbet such as "M AE1 D IH0 S AH0 N" in IPA: "mˈædɪsən".

    text: symbols between spaces, in capitals or not, each vowel with 0, 1 or 2 for its stress, or none. What is no
    symbol is left out. Stress stands before its vowel.
    Source: the CMU Pronouncing Dictionary; ARPAbet for the symbols it doesn't use.
    """
    return "".join(map(_sound, text.upper().replace("-", " ").split()))


def _sound(symbol: str) -> str:
    name, stress = (symbol[:-1], symbol[-1]) if symbol[-1] in "012" else (symbol, "")
    if stress == "0" and name in _UNSTRESSED:
        return _UNSTRESSED[name]
    return _STRESSES.get(stress, "") + _SOUNDS[name] if name in _SOUNDS else ""
