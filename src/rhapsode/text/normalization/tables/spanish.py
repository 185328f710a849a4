"""Spanish."""

import re
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
_SHORT = "spellout-ordinal-masculine-adjective"


def _plain(word: str, gender: str = "m") -> Noun:
    return Noun(word, f"{word}s", "f" if gender == "f" else "m")


def _of(word: str, rest: str) -> Noun:
    return Noun(f"{word} {rest}", f"{word}s {rest}")


_CENT = _plain("céntimo")
_CENTAVO = _plain("centavo")
_EURO = Currency(_plain("euro"), _CENT)
_DOLLAR = Currency(Noun("dólar", "dólares"), _CENTAVO)
_US_DOLLAR = Currency(Noun("dólar estadounidense", "dólares estadounidenses"), _CENTAVO)
_SECOND, _MINUTE, _HOUR = _plain("segundo"), _plain("minuto"), _plain("hora", "f")
_MILLION = Noun("millón", "millones")
_MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
    "diciembre",
)  # fmt: skip
_NO_NOUNS = (
    r"(?:para|por|con|sin|del|las?|los|sobre|entre|desde|hasta|como|pero|cada|est[ae]|sino|donde|cuando|porque|según"
    r"|más|menos|era)\b"
)
_LIKE_FEMININE = r"(?:días?|mapas?|\w+mas?)\b"

SPANISH = Language(
    table="es",
    cardinal="spellout-numbering",
    counting={
        "m": "spellout-cardinal-masculine",
        "f": "spellout-cardinal-feminine",
        "n": "spellout-cardinal-masculine",
    },
    genders={
        "f": re.compile(rf"\s(?!{_NO_NOUNS}|{_LIKE_FEMININE})[a-zñáéíóú]{{2,}}(?:as?|ción|ciones|dad|dades)\b"),
        "m": re.compile(rf"\s(?!{_NO_NOUNS})(?:{_LIKE_FEMININE}|[a-zñáéíóú]{{2,}}(?:os?|[lrn]|es)\b)"),
    },
    decimal_mark=",",
    group_marks=f".{NO_BREAK_SPACES}",
    reads_decimals=True,
    point="coma",
    minus="menos",
    to="a",
    joiner=" con ",
    of=" de ",
    of_vowel=" de ",
    signs={
        "+": "más", "±": "más menos", "≈": "unos", "=": "igual a", "×": "por", "÷": "entre", "<": "menor que",
        ">": "mayor que", "§": "sección", "&": "y", "x": "por", "/": "por",
    },
    currencies={
        "€": _EURO, "EUR": _EURO, "$": _DOLLAR, "US$": _US_DOLLAR, "USD": _US_DOLLAR,
        "£": Currency(_plain("libra", "f"), Noun("penique", "peniques")), "¥": Currency(Noun("yen", "yenes")),
        "MXN": Currency(Noun("peso mexicano", "pesos mexicanos"), _CENTAVO), "¢": Currency(_CENTAVO),
        "CHF": Currency(Noun("franco suizo", "francos suizos"), _CENT),
    },
    units={
        "%": Noun("por ciento", "por ciento"), "‰": Noun("por mil", "por mil"), "°": _plain("grado"),
        "°C": _of("grado", "Celsius"), "° C": _of("grado", "Celsius"), "ºC": _of("grado", "Celsius"),
        "°F": _of("grado", "Fahrenheit"), "mm": _plain("milímetro"), "cm": _plain("centímetro"),
        "m": _plain("metro"), "km": _plain("kilómetro"), "m²": Noun("metro cuadrado", "metros cuadrados"),
        "km²": Noun("kilómetro cuadrado", "kilómetros cuadrados"), "m³": Noun("metro cúbico", "metros cúbicos"),
        "ha": _plain("hectárea", "f"), "km/h": _of("kilómetro", "por hora"), "m/s": _of("metro", "por segundo"),
        "mg": _plain("miligramo"), "g": _plain("gramo"), "kg": _plain("kilogramo"), "t": _plain("tonelada", "f"),
        "ml": _plain("mililitro"), "cl": _plain("centilitro"), "l": _plain("litro"), "L": _plain("litro"),
        "ms": _plain("milisegundo"), "s": _SECOND, "min": _MINUTE, "h": _HOUR, "Hz": Noun("hercio", "hercios"),
        "kHz": Noun("kilohercio", "kilohercios"), "MHz": Noun("megahercio", "megahercios"),
        "GHz": Noun("gigahercio", "gigahercios"), "dB": Noun("decibelio", "decibelios"), "V": _plain("voltio"),
        "W": _plain("vatio"), "kW": _plain("kilovatio"), "kWh": _of("kilovatio", "hora"), "kB": _plain("kilobyte"),
        "MB": _plain("megabyte"), "GB": _plain("gigabyte"), "TB": _plain("terabyte"),
    },
    scales={"millón": _MILLION, "millones": _MILLION, "M": _MILLION},
    dates=Dates(months=_MONTHS, before_month=" de ", before_year=" de ", first_day="primero"),
    times=Times(
        patterns=(
            rf"(?P<hour>[01]?[0-9]|2[0-4])(?P<mark>[:.])(?P<minute>[0-5][0-9]){GAP}h(?:oras)?\b\.?(?!\w)",
            r"(?P<hour>[01]?[0-9]|2[0-4])(?P<mark>:)(?P<minute>[0-5][0-9])(?!\w|[:.,][0-9])",
        ),
        gender="f",
        before_minutes=" y ",
    ),
    ordinals=Ordinals(
        {
            "º": _MASCULINE, ".º": _MASCULINE, "ª": _FEMININE, ".ª": _FEMININE, "er": _SHORT, ".er": _SHORT,
            "o": _MASCULINE, ".o": _MASCULINE, "a": _FEMININE, ".a": _FEMININE,
        }
    ),
    fractions={
        "½": "un medio", "¼": "un cuarto", "¾": "tres cuartos", "⅓": "un tercio", "⅔": "dos tercios",
        "1/2": "un medio", "1/4": "un cuarto", "3/4": "tres cuartos", "1/3": "un tercio", "2/3": "dos tercios",
    },
    numbered=(
        "Capítulo", "CAPÍTULO", "capítulo", "Parte", "PARTE", "Tomo", "TOMO", "tomo", "Libro", "LIBRO", "libro",
        "Acto", "ACTO", "acto", "Escena", "ESCENA", "Volumen", "Canto", "siglo", "Siglo", "siglos",
    ),
    web={
        ".": "punto", "@": "arroba", "/": "barra", "-": "guion", "_": "guion bajo", ":": "dos puntos",
        "?": "signo de interrogación", "=": "igual", "&": "y", "#": "almohadilla", "%": "por ciento", "+": "más",
        "~": "tilde",
    },
)  # fmt: skip

AMERICAN = replace(SPANISH, decimal_mark=".", group_marks=f",{NO_BREAK_SPACES}", point="punto")
"""Of Mexico, Central America and the Caribbean, whose decimals have a point."""

AMERICAN_REGIONS = frozenset({"419", "MX", "US", "GT", "HN", "NI", "SV", "PR", "DO", "PA", "PE"})
