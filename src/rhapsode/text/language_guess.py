"""The language of a text that nobody has named: by its script, and in Latin script by its commonest words."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping

_LOOKED_AT_CHARACTERS = 4_000
# So many common words, and so many times those that English has, and a text of some length isn't English.
_SURE_WORDS = 20
_SURE_TIMES_ENGLISH = 3
_UNREADABLE_SHARE = 0.2  # Japanese has at least so much kana between its kanji
# A paragraph is in another language when it has so many words, so many of them common ones of that language, so many
# different ones and such a share, and so many times those that the second language has, and the usual one.
_LEAST_WORDS, _LEAST_COMMON, _LEAST_VARIOUS, _COMMON_SHARE = 12, 5, 4, 0.2
_OTHERS_TIMES, _USUAL_TIMES = 1.4, 4
_LEAST_LETTERS = 20
_SURE_SCRIPT_SHARE = 0.8
# Several languages of today are written in these; in Cyrillic some letters tell Russian from others.
_SHARED_SCRIPTS = frozenset({"DEVANAGARI", "ETHIOPIC"})
_RUSSIAN = frozenset("\u044b\u044d\u0451")
_NOT_RUSSIAN = frozenset("\u0456\u0457\u0454\u0491\u045e\u0458\u0459\u045a\u0452\u045b\u045f")
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


def is_unreadable(text: str) -> bool:
    """Whether much of a text is in scripts that `guess_language` knows no language of."""
    scripts = _scripts(text[:_LOOKED_AT_CHARACTERS])
    unknown = sum(
        count for script, count in scripts.items() if script != "LATIN" and script not in _BY_SCRIPT
    )
    return unknown > _UNREADABLE_SHARE * scripts.total()


def find_foreign_language(text: str) -> str | None:
    """A BCP 47 tag for the beginning of a text that certainly isn't English; None where that is unsure."""
    beginning = text[:_LOOKED_AT_CHARACTERS]
    script = _script_of(beginning)
    if script != "LATIN":
        return _BY_SCRIPT.get(script)
    scores = _scores(beginning)
    best = max(scores, key=lambda language: scores[language])
    return best if scores[best] >= max(_SURE_WORDS, _SURE_TIMES_ENGLISH * scores["en"]) else None


def find_other_language(text: str, usual: str) -> str | None:
    """A BCP 47 tag for a paragraph that certainly isn't in the usual language; None where it may be.

    usual: the BCP 47 tag of what is around it. A few foreign words, names and quotations within a paragraph leave it
    open, as do languages that share a script and of which no common words are known here.
    """
    usual = usual.replace("_", "-").partition("-")[0].lower()
    script, share = _main_script(text)
    if share < _SURE_SCRIPT_SHARE:
        return None
    if script == "LATIN":
        return _find_other_latin(text, usual)
    is_foreign = usual in _COMMON_WORDS and script not in _SHARED_SCRIPTS
    return _BY_SCRIPT.get(script) if is_foreign and _is_of_one_language(text) else None


def _find_other_latin(text: str, usual: str) -> str | None:
    if usual not in _COMMON_WORDS and usual not in _BY_SCRIPT.values():
        return None
    # Formulas are full of words of one letter.
    words = [word for word in _WORD.findall(text.lower()) if len(word) > 1]
    scores = _scores(" ".join(words))
    (best, score), (_, second) = Counter(scores).most_common(2)
    is_clear = score >= _OTHERS_TIMES * second and score >= _USUAL_TIMES * scores.get(usual, 0)
    is_enough = len(words) >= _LEAST_WORDS and score >= max(_LEAST_COMMON, _COMMON_SHARE * len(words))
    various = len(set(words).intersection(_COMMON_WORDS[best].split()))
    return best if is_clear and is_enough and various >= _LEAST_VARIOUS and best != usual else None


def _is_of_one_language(text: str) -> bool:
    """Whether a text in another script is long enough, and in Cyrillic certainly Russian."""
    letters = [character for character in text.lower() if character.isalpha()]
    is_cyrillic = _script_of(text) == "CYRILLIC"
    is_russian = not _NOT_RUSSIAN.intersection(letters) and bool(_RUSSIAN.intersection(letters))
    return len(letters) >= _LEAST_LETTERS and (is_russian or not is_cyrillic)


def _main_script(text: str) -> tuple[str, float]:
    """The script of most letters, and its share of them."""
    scripts = _scripts(text)
    if not scripts:
        return "LATIN", 0.0
    script, count = scripts.most_common(1)[0]
    return script, count / scripts.total()


def _script_of(text: str) -> str:
    scripts = _scripts(text)
    return scripts.most_common(1)[0][0] if scripts else "LATIN"


def _scripts(text: str) -> Counter[str]:
    return Counter(_script(character) for character in text if character.isalpha())


def _script(character: str) -> str:
    return unicodedata.name(character, "").partition(" ")[0]


def _scores(text: str) -> Mapping[str, int]:
    counts = Counter(_WORD.findall(text.lower()))
    return {
        language: sum(counts[word] for word in words.split()) for language, words in _COMMON_WORDS.items()
    }
