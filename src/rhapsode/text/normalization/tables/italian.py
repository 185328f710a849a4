"""Italian."""

import re

from rhapsode.text.normalization.language import (
    NO_BREAK_SPACES,
    Currency,
    Dates,
    Language,
    Noun,
    Ordinals,
    Times,
)

_MASCULINE, _FEMININE = "spellout-ordinal-masculine", "spellout-ordinal-feminine"


def _masculine(stem: str, rest: str = "") -> Noun:
    return Noun(f"{stem}o{rest}", f"{stem}i{rest}")


def _feminine(stem: str) -> Noun:
    return Noun(f"{stem}a", f"{stem}e", "f")


def _same(word: str) -> Noun:
    return Noun(word, word)


_CENT = _masculine("centesim")
_EURO = Currency(_same("euro"), _CENT)
_DOLLAR = Currency(_masculine("dollar"), _CENT)
_US_DOLLAR = Currency(Noun("dollaro americano", "dollari americani"), _CENT)
_MILLION, _BILLION = Noun("milione", "milioni"), _masculine("miliard")

ITALIAN = Language(
    table="it",
    cardinal="spellout-numbering",
    counting={
        "m": "spellout-cardinal-masculine",
        "f": "spellout-cardinal-feminine",
        "n": "spellout-cardinal-masculine",
    },
    genders={
        "f": re.compile(r"(?<=\b1)\s(?!alla\b|della\b|dalla\b|nella\b|sulla\b)[a-z]{3,}a\b"),
        "m": re.compile(r"(?<=\b1)\s(?!s[b-df-hj-np-tv-z]|z|gn|ps)[a-z]{3,}o\b"),
    },
    decimal_mark=",",
    group_marks=f".{NO_BREAK_SPACES}",
    reads_decimals=True,
    point="virgola",
    minus="meno",
    to="a",
    joiner=" e ",
    of=" di ",
    of_vowel=" di ",
    signs={
        "+": "più", "±": "più o meno", "≈": "circa", "=": "uguale a", "×": "per", "÷": "diviso", "<": "minore di",
        ">": "maggiore di", "§": "paragrafo", "&": "e", "x": "per", "/": "al",
    },
    currencies={
        "€": _EURO, "EUR": _EURO, "$": _DOLLAR, "US$": _US_DOLLAR, "USD": _US_DOLLAR,
        "£": Currency(_feminine("sterlin"), Noun("penny", "pence")), "¥": Currency(_same("yen")),
        "CHF": Currency(Noun("franco svizzero", "franchi svizzeri"), _CENT), "¢": Currency(_CENT),
    },
    units={
        "%": _same("per cento"), "‰": _same("per mille"), "°C": _masculine("grad", " Celsius"),
        "° C": _masculine("grad", " Celsius"), "°F": _masculine("grad", " Fahrenheit"), "mm": _masculine("millimetr"),
        "cm": _masculine("centimetr"), "m": _masculine("metr"), "km": _masculine("chilometr"),
        "m²": Noun("metro quadrato", "metri quadrati"), "mq": Noun("metro quadrato", "metri quadrati"),
        "km²": Noun("chilometro quadrato", "chilometri quadrati"), "m³": Noun("metro cubo", "metri cubi"),
        "ha": _masculine("ettar"), "km/h": _masculine("chilometr", " all'ora"),
        "m/s": _masculine("metr", " al secondo"), "mg": _masculine("milligramm"),
        "g": _masculine("gramm"), "kg": _masculine("chilogramm"),
        "t": _feminine("tonnellat"), "ml": _masculine("millilitr"), "cl": _masculine("centilitr"),
        "l": _masculine("litr"), "L": _masculine("litr"), "ms": _masculine("millisecond"), "s": _masculine("second"),
        "min": _masculine("minut"), "h": Noun("ora", "ore", "f"), "Hz": _same("hertz"), "kHz": _same("chilohertz"),
        "MHz": _same("megahertz"), "GHz": _same("gigahertz"), "dB": _same("decibel"), "V": _same("volt"),
        "W": _same("watt"), "kW": _same("chilowatt"), "kWh": _same("chilowattora"), "kB": _same("kilobyte"),
        "MB": _same("megabyte"), "GB": _same("gigabyte"), "TB": _same("terabyte"),
    },
    scales={
        "milione": _MILLION, "milioni": _MILLION, "mln": _MILLION, "miliardo": _BILLION, "miliardi": _BILLION,
        "mld": _BILLION,
    },
    dates=Dates(
        months=(
            "gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre", "ottobre",
            "novembre", "dicembre",
        ),
        short_months={
            "gen": "gennaio", "feb": "febbraio", "mar": "marzo", "apr": "aprile", "giu": "giugno", "lug": "luglio",
            "ago": "agosto", "sett": "settembre", "ott": "ottobre", "nov": "novembre", "dic": "dicembre",
        },
        first_day="primo",
    ),
    times=Times(
        patterns=(
            r"(?P<hour>[01]?[0-9]|2[0-4])(?P<mark>:)(?P<minute>[0-5][0-9])(?!\w|[:.,][0-9])",
            r"(?<=\b[Oo]re )(?P<hour>[01]?[0-9]|2[0-4])(?P<mark>\.)(?P<minute>[0-5][0-9])(?!\w|[:.,][0-9])",
            r"(?<=\b[Aa]lle )(?P<hour>[01]?[0-9]|2[0-4])(?P<mark>\.)(?P<minute>[0-5][0-9])(?!\w|[:.,][0-9])",
        ),
        before_minutes=" e ",
    ),
    ordinals=Ordinals({"º": _MASCULINE, "ª": _FEMININE, "°": _MASCULINE}),
    fractions={
        "½": "un mezzo", "¼": "un quarto", "¾": "tre quarti", "⅓": "un terzo", "⅔": "due terzi",
        "1/2": "un mezzo", "1/4": "un quarto", "3/4": "tre quarti", "1/3": "un terzo", "2/3": "due terzi",
    },
    numbered=(
        "Capitolo", "CAPITOLO", "capitolo", "Parte", "PARTE", "Tomo", "TOMO", "tomo", "Libro", "LIBRO", "libro",
        "Atto", "ATTO", "atto", "Scena", "SCENA", "Volume", "Canto", "CANTO",
    ),
    web={
        ".": "punto", "@": "chiocciola", "/": "barra", "-": "trattino", "_": "trattino basso", ":": "due punti",
        "?": "punto interrogativo", "=": "uguale", "&": "e", "#": "cancelletto", "%": "per cento", "+": "più",
        "~": "tilde",
    },
)  # fmt: skip
