"""German."""

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
    Years,
)

_MONTHS = (
    "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November",
    "Dezember",
)  # fmt: skip

_DATIVE, _NOMINATIVE = "spellout-ordinal-n", "spellout-ordinal"

INFLECTED = {
    **dict.fromkeys(("am", "vom", "zum", "im", "beim", "dem", "den", "des", "bis", "seit", "ab"), _DATIVE),
    **dict.fromkeys(("der", "die", "das"), _NOMINATIVE),
}
"""How an ordinal ends behind these words; it may end in another way, but not so that it is misunderstood."""


def _same(word: str, gender: str = "m") -> Noun:
    return Noun(word, word, "f" if gender == "f" else "m")


_CENT = _same("Cent")
_UNITS = {
    "%": _same("Prozent"), "‰": _same("Promille"), "°": _same("Grad"), "°C": _same("Grad Celsius"),
    "° C": _same("Grad Celsius"), "°F": _same("Grad Fahrenheit"), "nm": _same("Nanometer"),
    "µm": _same("Mikrometer"), "mm": _same("Millimeter"), "cm": _same("Zentimeter"), "m": _same("Meter"),
    "km": _same("Kilometer"), "m²": _same("Quadratmeter"), "qm": _same("Quadratmeter"),
    "km²": _same("Quadratkilometer"), "m³": _same("Kubikmeter"), "ha": _same("Hektar"),
    "km/h": _same("Kilometer pro Stunde"), "m/s": _same("Meter pro Sekunde"), "mg": _same("Milligramm"),
    "g": _same("Gramm"), "kg": _same("Kilogramm"), "t": Noun("Tonne", "Tonnen", "f"), "ml": _same("Milliliter"),
    "l": _same("Liter"), "ms": Noun("Millisekunde", "Millisekunden", "f"), "s": Noun("Sekunde", "Sekunden", "f"),
    "Sek.": Noun("Sekunde", "Sekunden", "f"), "min": Noun("Minute", "Minuten", "f"),
    "Min.": Noun("Minute", "Minuten", "f"), "h": Noun("Stunde", "Stunden", "f"),
    "Std.": Noun("Stunde", "Stunden", "f"), "Hz": _same("Hertz"), "kHz": _same("Kilohertz"),
    "MHz": _same("Megahertz"), "GHz": _same("Gigahertz"), "dB": _same("Dezibel"), "V": _same("Volt"),
    "W": _same("Watt"), "kW": _same("Kilowatt"), "kWh": Noun("Kilowattstunde", "Kilowattstunden", "f"),
    "MB": _same("Megabyte"), "GB": _same("Gigabyte"), "TB": _same("Terabyte"),
    "Tsd.": _same("Tausend"), "Mio.": Noun("Million", "Millionen", "f"), "Mrd.": Noun("Milliarde", "Milliarden", "f"),
}  # fmt: skip

_BEFORE_YEARS = frozenset({
    "im", "in", "jahr", "jahre", "jahren", "seit", "von", "bis", "um", "vor", "nach", "ab", "anno",
    "sommer", "winter", "frühjahr", "herbst", "und",
    *(month.lower() for month in _MONTHS),
})  # fmt: skip

GERMAN = Language(
    table="de",
    cardinal="spellout-numbering",
    counting={
        "m": "spellout-cardinal-masculine",
        "f": "spellout-cardinal-feminine",
        "n": "spellout-cardinal-neuter",
    },
    genders={
        "f": re.compile(r"(?<=\b1)\s(?=[A-ZÄÖÜ])\w*(?:e|ung|heit|keit|schaft|tion|tät|[Ff]rau|[Ss]tadt|[Nn]acht)\b"),
        "m": re.compile(r"(?<=\b1)\s[A-ZÄÖÜ]\w*[a-zäöüß]\b"),
    },
    decimal_mark=",",
    group_marks=f".'{NO_BREAK_SPACES}",
    point="Komma",
    minus="minus",
    to="bis",
    joiner=" und ",
    signs={
        "+": "plus", "±": "plus minus", "≈": "etwa", "=": "gleich", "×": "mal", "÷": "geteilt durch",
        "<": "kleiner als", ">": "größer als", "§": "Paragraf", "&": "und", "x": "mal", "/": "pro",
    },
    currencies={
        "€": Currency(_same("Euro"), _CENT), "EUR": Currency(_same("Euro"), _CENT),
        "$": Currency(_same("Dollar"), _CENT), "US$": Currency(_same("US-Dollar"), _CENT),
        "USD": Currency(_same("US-Dollar"), _CENT), "£": Currency(_same("Pfund"), _same("Penny")),
        "¥": Currency(_same("Yen")), "CHF": Currency(_same("Franken"), _same("Rappen")), "¢": Currency(_CENT),
    },
    units=_UNITS,
    scales={
        "Tsd.": _same("Tausend"), "Million": Noun("Million", "Millionen", "f"),
        "Millionen": Noun("Million", "Millionen", "f"), "Mio.": Noun("Million", "Millionen", "f"),
        "Milliarde": Noun("Milliarde", "Milliarden", "f"), "Milliarden": Noun("Milliarde", "Milliarden", "f"),
        "Mrd.": Noun("Milliarde", "Milliarden", "f"),
    },
    dates=Dates(
        months=_MONTHS,
        short_months={
            "Jan": "Januar", "Feb": "Februar", "Apr": "April", "Aug": "August", "Sept": "September", "Okt": "Oktober",
            "Nov": "November", "Dez": "Dezember",
        },
        day_rules="spellout-ordinal-r",
        inflected=INFLECTED,
    ),
    times=Times(
        patterns=(
            rf"(?P<hour>[01]?[0-9]|2[0-4])(?P<mark>[:.])(?P<minute>[0-5][0-9]){GAP}Uhr\b",
            r"(?P<hour>[01]?[0-9]|2[0-4])(?P<mark>:)(?P<minute>[0-5][0-9])(?!\w|[:.,][0-9])",
        ),
        hour=Noun("Uhr", "Uhr"),
    ),
    ordinals=Ordinals({}),
    fractions={
        "½": "ein halb", "¼": "ein Viertel", "¾": "drei Viertel", "⅓": "ein Drittel", "⅔": "zwei Drittel",
        "1/2": "ein halb", "1/4": "ein Viertel", "3/4": "drei Viertel", "1/3": "ein Drittel", "2/3": "zwei Drittel",
    },
    numbered=(
        "Kapitel", "KAPITEL", "Teil", "TEIL", "Band", "BAND", "Buch", "BUCH", "Akt", "Szene", "Gesang", "Weltkrieg",
    ),
    web={
        ".": "Punkt", "@": "ät", "/": "Schrägstrich", "-": "Bindestrich", "_": "Unterstrich", ":": "Doppelpunkt",
        "?": "Fragezeichen", "=": "gleich", "&": "und", "#": "Raute", "%": "Prozent", "+": "plus", "~": "Tilde",
    },
    years=Years(
        rules="spellout-numbering-year",
        first=1100,
        last=1999,
        zero="null",
        after=_BEFORE_YEARS,
        counted=re.compile(r"\s[A-ZÄÖÜ]\w*[a-zäöüß]\b"),
    ),
)  # fmt: skip

SWISS = replace(GERMAN, table="de_CH")
