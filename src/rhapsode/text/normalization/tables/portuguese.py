"""Portuguese."""

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


def _plain(word: str, gender: str = "m") -> Noun:
    return Noun(word, f"{word}s", "f" if gender == "f" else "m")


def _of(word: str, rest: str) -> Noun:
    return Noun(f"{word} {rest}", f"{word}s {rest}")


_CENTAVO, _CENTIMO = _plain("centavo"), _plain("cêntimo")
_EURO = Currency(_plain("euro"), _CENTAVO)
_REAL = Currency(Noun("real", "reais"), _CENTAVO)
_DOLLAR = Currency(Noun("dólar", "dólares"), _CENTAVO)
_US_DOLLAR = Currency(Noun("dólar americano", "dólares americanos"), _CENTAVO)
_SECOND, _MINUTE, _HOUR = _plain("segundo"), _plain("minuto"), _plain("hora", "f")
_MILLION, _BILLION = Noun("milhão", "milhões"), Noun("bilhão", "bilhões")
_LIKE_FEMININE = r"dias?|mapas?|\w+mas?|para|cada|essa|esta|contra|uma|sua|mas|nas|das|pela|pelas"

BRAZILIAN = Language(
    table="pt",
    cardinal="spellout-numbering",
    counting={
        "m": "spellout-cardinal-masculine",
        "f": "spellout-cardinal-feminine",
        "n": "spellout-cardinal-masculine",
    },
    genders={"f": re.compile(rf"\s(?!(?:{_LIKE_FEMININE})\b)[a-zà-ú]{{3,}}(?:as?|ção|ções|dades?|gens?)\b")},
    decimal_mark=",",
    group_marks=f".{NO_BREAK_SPACES}",
    reads_decimals=True,
    point="vírgula",
    minus="menos",
    to="a",
    joiner=" e ",
    of=" de ",
    of_vowel=" de ",
    signs={
        "+": "mais", "±": "mais ou menos", "≈": "cerca de", "=": "igual a", "×": "vezes", "÷": "dividido por",
        "<": "menor que", ">": "maior que", "§": "parágrafo", "&": "e", "x": "por", "/": "por",
    },
    currencies={
        "R$": _REAL, "BRL": _REAL, "€": _EURO, "EUR": _EURO, "$": _DOLLAR, "US$": _US_DOLLAR, "USD": _US_DOLLAR,
        "£": Currency(_plain("libra", "f"), Noun("pêni", "pence")), "¥": Currency(Noun("iene", "ienes")),
        "¢": Currency(_CENTAVO), "CHF": Currency(Noun("franco suíço", "francos suíços"), _CENTIMO),
    },
    units={
        "%": Noun("por cento", "por cento"), "‰": Noun("por mil", "por mil"), "°": Noun("grau", "graus"),
        "°C": _of("grau", "Celsius"), "° C": _of("grau", "Celsius"), "ºC": _of("grau", "Celsius"),
        "°F": _of("grau", "Fahrenheit"), "mm": _plain("milímetro"), "cm": _plain("centímetro"),
        "m": _plain("metro"), "km": _plain("quilômetro"), "m²": Noun("metro quadrado", "metros quadrados"),
        "km²": Noun("quilômetro quadrado", "quilômetros quadrados"), "m³": Noun("metro cúbico", "metros cúbicos"),
        "ha": Noun("hectare", "hectares"), "km/h": _of("quilômetro", "por hora"), "m/s": _of("metro", "por segundo"),
        "mg": _plain("miligrama"), "g": _plain("grama"), "kg": _plain("quilograma"), "t": _plain("tonelada", "f"),
        "ml": _plain("mililitro"), "cl": _plain("centilitro"), "l": _plain("litro"), "L": _plain("litro"),
        "ms": _plain("milissegundo"), "s": _SECOND, "min": _MINUTE, "h": _HOUR, "Hz": Noun("hertz", "hertz"),
        "kHz": Noun("quilohertz", "quilohertz"), "MHz": Noun("megahertz", "megahertz"),
        "GHz": Noun("gigahertz", "gigahertz"), "dB": Noun("decibel", "decibéis"), "V": _plain("volt"),
        "W": _plain("watt"), "kW": Noun("quilowatt", "quilowatts"), "kWh": _of("quilowatt", "hora"),
        "kB": _plain("kilobyte"), "MB": _plain("megabyte"), "GB": _plain("gigabyte"), "TB": _plain("terabyte"),
    },
    scales={
        "mil": Noun("mil", "mil"), "milhão": _MILLION, "milhões": _MILLION, "bilhão": _BILLION, "bilhões": _BILLION,
        "mi": _MILLION, "bi": _BILLION,
    },
    dates=Dates(
        months=(
            "janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro",
            "novembro", "dezembro",
        ),
        before_month=" de ",
        before_year=" de ",
        first_day="primeiro",
    ),
    times=Times(
        patterns=(
            rf"(?P<hour>[01]?[0-9]|2[0-4])(?P<mark>{GAP}h{GAP})(?P<minute>[0-5][0-9])?(?:min)?(?!\w|[:.,][0-9])",
            r"(?P<hour>[01]?[0-9]|2[0-4])(?P<mark>:)(?P<minute>[0-5][0-9])(?!\w|[:.,][0-9])",
        ),
        hour=_HOUR,
        before_minutes=" e ",
    ),
    ordinals=Ordinals(
        {"º": _MASCULINE, "ª": _FEMININE, ".º": _MASCULINE, ".ª": _FEMININE, "o": _MASCULINE, "a": _FEMININE}
    ),
    fractions={
        "½": "meio", "¼": "um quarto", "¾": "três quartos", "⅓": "um terço", "⅔": "dois terços",
        "1/2": "meio", "1/4": "um quarto", "3/4": "três quartos", "1/3": "um terço", "2/3": "dois terços",
    },
    numbered=(
        "Capítulo", "CAPÍTULO", "capítulo", "Parte", "PARTE", "Tomo", "TOMO", "tomo", "Livro", "LIVRO", "livro",
        "Ato", "ATO", "ato", "Cena", "CENA", "Volume", "Canto", "século", "Século", "séculos",
    ),
    web={
        ".": "ponto", "@": "arroba", "/": "barra", "-": "hífen", "_": "sublinhado", ":": "dois pontos",
        "?": "ponto de interrogação", "=": "igual", "&": "e", "#": "cerquilha", "%": "por cento", "+": "mais",
        "~": "til",
    },
)  # fmt: skip

EUROPEAN = replace(
    BRAZILIAN,
    table="pt_PT",
    currencies={
        **BRAZILIAN.currencies,
        "€": Currency(_plain("euro"), _CENTIMO),
        "EUR": Currency(_plain("euro"), _CENTIMO),
    },
    units={**BRAZILIAN.units, "km": _plain("quilómetro"), "km/h": _of("quilómetro", "por hora")},
)
"""Of Portugal."""
