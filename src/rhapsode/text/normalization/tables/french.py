"""French."""

from dataclasses import replace

from rhapsode.text.normalization.language import (
    GAP,
    NO_BREAK_SPACES,
    Currency,
    Dates,
    Language,
    Noun,
    Ordinals,
    Times,
)

_MASCULINE, _FEMININE = "spellout-ordinal-masculine", "spellout-ordinal-feminine"


def _plain(word: str, gender: str = "m") -> Noun:
    return Noun(word, f"{word}s", "f" if gender == "f" else "m")


def _of(word: str, rest: str, gender: str = "m") -> Noun:
    return Noun(f"{word} {rest}", f"{word}s {rest}", "f" if gender == "f" else "m")


_CENTIME, _CENT = _plain("centime"), _plain("cent")
_EURO = Currency(_plain("euro"), _CENTIME)
_PERCENT = Noun("pour cent", "pour cent")
_SECOND, _MINUTE, _HOUR = _plain("seconde", "f"), _plain("minute", "f"), _plain("heure", "f")

FRENCH = Language(
    table="fr",
    cardinal="spellout-numbering",
    counting={
        "m": "spellout-cardinal-masculine",
        "f": "spellout-cardinal-feminine",
        "n": "spellout-cardinal-masculine",
    },
    decimal_mark=",",
    group_marks=f" {NO_BREAK_SPACES}",
    reads_decimals=True,
    point="virgule",
    minus="moins",
    to="à",
    joiner=" et ",
    of=" de ",
    of_vowel=" d'",
    signs={
        "+": "plus", "±": "plus ou moins", "≈": "environ", "=": "égale", "×": "fois", "÷": "divisé par",
        "<": "inférieur à", ">": "supérieur à", "§": "paragraphe", "&": "et", "x": "par", "/": "par",
    },
    currencies={
        "€": _EURO, "EUR": _EURO, "$": Currency(_plain("dollar"), _CENT),
        "US$": Currency(_of("dollar", "américain"), _CENT), "USD": Currency(_of("dollar", "américain"), _CENT),
        "£": Currency(_plain("livre", "f"), Noun("penny", "pence")), "¥": Currency(_plain("yen")),
        "CHF": Currency(_of("franc", "suisse"), _CENTIME), "¢": Currency(_CENT),
    },
    units={
        "%": _PERCENT, "‰": Noun("pour mille", "pour mille"), "°": _plain("degré"), "°C": _of("degré", "Celsius"),
        "° C": _of("degré", "Celsius"), "°F": _of("degré", "Fahrenheit"), "nm": _plain("nanomètre"),
        "µm": _plain("micromètre"), "mm": _plain("millimètre"), "cm": _plain("centimètre"), "m": _plain("mètre"),
        "km": _plain("kilomètre"), "m²": Noun("mètre carré", "mètres carrés"),
        "km²": Noun("kilomètre carré", "kilomètres carrés"), "m³": Noun("mètre cube", "mètres cubes"),
        "ha": _plain("hectare"), "km/h": _of("kilomètre", "à l'heure"), "m/s": _of("mètre", "par seconde"),
        "mg": _plain("milligramme"), "g": _plain("gramme"), "kg": _plain("kilogramme"), "t": _plain("tonne", "f"),
        "ml": _plain("millilitre"), "cl": _plain("centilitre"), "l": _plain("litre"), "L": _plain("litre"),
        "ms": _plain("milliseconde", "f"), "s": _SECOND, "sec": _SECOND, "min": _MINUTE, "h": _HOUR,
        "Hz": Noun("hertz", "hertz"), "kHz": Noun("kilohertz", "kilohertz"), "MHz": Noun("mégahertz", "mégahertz"),
        "GHz": Noun("gigahertz", "gigahertz"), "dB": _plain("décibel"), "V": _plain("volt"), "W": _plain("watt"),
        "kW": _plain("kilowatt"), "kWh": Noun("kilowattheure", "kilowattheures"), "Mo": _plain("mégaoctet"),
        "Go": _plain("gigaoctet"), "To": _plain("téraoctet"), "ko": _plain("kilooctet"),
    },
    scales={
        "million": _plain("million"), "millions": _plain("million"), "milliard": _plain("milliard"),
        "milliards": _plain("milliard"),
    },
    dates=Dates(
        months=(
            "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
            "novembre", "décembre",
        ),
        short_months={
            "janv": "janvier", "févr": "février", "juil": "juillet", "sept": "septembre", "oct": "octobre",
            "nov": "novembre", "déc": "décembre",
        },
        first_day="premier",
    ),
    times=Times(
        patterns=(
            rf"(?P<hour>[01]?[0-9]|2[0-4])(?P<mark>{GAP}h{GAP})(?P<minute>[0-5][0-9])?(?!\w|[:.,][0-9])",
            r"(?P<hour>[01]?[0-9]|2[0-4])(?P<mark>:)(?P<minute>[0-5][0-9])(?!\w|[:.,][0-9])",
        ),
        hour=_HOUR,
    ),
    ordinals=Ordinals(
        {
            "er": _MASCULINE, "re": _FEMININE, "ère": _FEMININE, "e": _MASCULINE, "ème": _MASCULINE,
            "ième": _MASCULINE, "es": "spellout-ordinal-masculine-plural", "nd": _MASCULINE, "nde": _FEMININE,
            "ᵉ": _MASCULINE,
        },
        {"2nd": "second", "2nde": "seconde"},
    ),
    fractions={
        "½": "un demi", "¼": "un quart", "¾": "trois quarts", "⅓": "un tiers", "⅔": "deux tiers",
        "1/2": "un demi", "1/4": "un quart", "3/4": "trois quarts", "1/3": "un tiers", "2/3": "deux tiers",
    },
    numbered=(
        "Chapitre", "CHAPITRE", "chapitre", "Partie", "PARTIE", "Tome", "TOME", "tome", "Livre", "LIVRE", "livre",
        "Acte", "ACTE", "acte", "Scène", "SCÈNE", "scène", "Chant", "Volume",
    ),
    web={
        ".": "point", "@": "arobase", "/": "barre oblique", "-": "tiret", "_": "tiret bas", ":": "deux-points",
        "?": "point d'interrogation", "=": "égale", "&": "et", "#": "dièse", "%": "pour cent", "+": "plus",
        "~": "tilde",
    },
)  # fmt: skip

SWISS = replace(FRENCH, table="fr_CH")
BELGIAN = replace(FRENCH, table="fr_BE")

ROMAN_ORDINAL_MARKS = {"e": _MASCULINE, "ème": _MASCULINE, "ᵉ": _MASCULINE}
"""What makes an ordinal of a Roman number, as in XIXe siècle."""
