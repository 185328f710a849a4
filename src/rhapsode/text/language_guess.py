"""The language of a text that nobody has named: by its script, and in Latin script by its commonest words."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping

_LOOKED_AT_CHARACTERS = 4_000
# So many common words, and so many times those that English has, and a text of some length isn't English.
_SURE_WORDS = 20
_SURE_TIMES_ENGLISH = 3
_WORD = re.compile(r"[^\W\d_]+")
# By the first word of the characters' Unicode names.
_BY_SCRIPT: Mapping[str, str] = {
    "ARMENIAN": "hy",
    "BENGALI": "bn",
    "CJK": "zh",
    "CYRILLIC": "ru",
    "DEVANAGARI": "hi",
    "ETHIOPIC": "am",
    "GEORGIAN": "ka",
    "GREEK": "el",
    "GUJARATI": "gu",
    "GURMUKHI": "pa",
    "HANGUL": "ko",
    "KANNADA": "kn",
    "MALAYALAM": "ml",
    "ORIYA": "or",
    "SINHALA": "si",
    "TAMIL": "ta",
    "TELUGU": "te",
}
# Words that few of the other languages have.
_COMMON_WORDS: Mapping[str, str] = {
    "en": "the and of to was that with for his had her is it which you from they",
    "de": "der die das und nicht ist ein eine mit den dem auf sich war ich zu von",
    "fr": "le les des est dans une que qui pas pour avec ce il elle je vous et au",
    "es": "el los las que con por una del para su se y como era pero más no lo",
    "it": "il che di non per una gli della con sono era più mi si ma come nel è",
    "pt": "o os que não uma com para do da em por mais como era seu ao ele mas",
    "nl": "de het een en van niet dat op zijn met voor was ik hij maar te aan er",
    "sv": "och att det som en på är av inte med han för jag den var ett till om",
    "da": "og at det som en på er af ikke med han for jeg den var et til havde",
    "pl": "i w nie na się z do że to jest jak był od po przez ale co jego",
    "fi": "ja on ei oli se hän että mutta niin kun joka ovat minä sen hänen",
    "cs": "a se na že je v to s ale jako byl jsem si pro jeho když ve",
    "hu": "a az és hogy nem egy is volt ez meg csak ha már mint van de el",
    "tr": "ve bir bu da de için ile çok ne gibi o daha ben var sonra kadar",
    "ro": "și nu de la cu o un pe în din care mai era ca să lui sunt a fost",
}


def guess_language(text: str) -> str:
    """A BCP 47 tag for the beginning of a text; "en" where nothing speaks for another."""
    beginning = text[:_LOOKED_AT_CHARACTERS]
    script = _script_of(beginning)
    if script != "LATIN":
        return _BY_SCRIPT.get(script, "en")
    scores = _scores(beginning)
    return max(scores, key=lambda language: scores[language])


def find_foreign_language(text: str) -> str | None:
    """A BCP 47 tag for the beginning of a text that certainly isn't English; None where that is unsure."""
    beginning = text[:_LOOKED_AT_CHARACTERS]
    script = _script_of(beginning)
    if script != "LATIN":
        return _BY_SCRIPT.get(script)
    scores = _scores(beginning)
    best = max(scores, key=lambda language: scores[language])
    return best if scores[best] >= max(_SURE_WORDS, _SURE_TIMES_ENGLISH * scores["en"]) else None


def _script_of(text: str) -> str:
    scripts = Counter(_script(character) for character in text if character.isalpha())
    return scripts.most_common(1)[0][0] if scripts else "LATIN"


def _script(character: str) -> str:
    return unicodedata.name(character, "").partition(" ")[0]


def _scores(text: str) -> Mapping[str, int]:
    counts = Counter(_WORD.findall(text.lower()))
    return {
        language: sum(counts[word] for word in words.split()) for language, words in _COMMON_WORDS.items()
    }
