"""What the rules have to know of a language, as data. The tables are in `tables`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Gender = Literal["m", "f", "n"]

NO_BREAK_SPACES = "\u00a0\u2009\u202f"
"""Spaces that hold a number and its unit, or its groups of digits, together."""

GAP = f"[ {NO_BREAK_SPACES}]?"
"""What may stand between a number and its unit."""


@dataclass(frozen=True, slots=True)
class Noun:
    """What is counted: its forms for one and for several."""

    one: str
    many: str
    gender: Gender = "m"


@dataclass(frozen=True, slots=True)
class Currency:
    """A coin and what a hundred of make it; `part` is None where amounts have no such parts."""

    coin: Noun
    part: Noun | None = None


@dataclass(frozen=True, slots=True)
class Dates:
    """How dates are written and read; what is said between two parts has its spaces.

    months: the twelve names.    short_months: abbreviation, without a full stop, to name.
    day_first: of two numbers, the first is the day.    before_day: said before it where no article is.
    first_day: how the first of a month is called, where it has a name of its own.
    day_rules: the rules of days, where they are ordinals; inflected: those behind certain words.
    """

    months: Sequence[str]
    short_months: Mapping[str, str] = field(default_factory=dict)
    day_first: bool = True
    before_day: str = ""
    before_month: str = " "
    before_year: str = " "
    first_day: str | None = None
    day_rules: str | None = None
    inflected: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Years:
    """Years that are read in another way than other numbers.

    rules: for their words.    first, last: those that are.    after: words, in lower case, behind which a number is
    a year.    counted: what follows a number that is none, unless one of those words is before it.
    zero: said for the zero of 1914–05.
    """

    rules: str
    first: int
    last: int
    after: frozenset[str]
    counted: re.Pattern[str]
    zero: str


@dataclass(frozen=True, slots=True)
class Times:
    """How times of day are read.

    patterns: from the hour on, with groups `hour`, `mark`, `minute` and, where the hour's noun follows, `noun`.
    hour: said behind the hour; without a noun, None.    before_minutes: said before them; with its spaces.
    """

    patterns: Sequence[str]
    hour: Noun | None = None
    gender: Gender | None = None
    before_minutes: str = " "


@dataclass(frozen=True, slots=True)
class Ordinals:
    """How ordinals are written.

    marks: what makes an ordinal of the number before it, to the rules for its words.
    specials: whole ordinals that have words of their own, as they are written.
    """

    marks: Mapping[str, str]
    specials: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Language:
    """A language whose numbers, money, units, dates and times are read.

    table: its name in `spelling`.    cardinal: the rules of numbers by themselves; counting: those before a noun.
    genders: what follows a number that takes the form for a noun of this gender; the first that fits.
    decimal_mark: one character.    group_marks: a class of characters without its brackets.
    reads_decimals: two decimals are read as a number (trois virgule quatorze) and not one by one.
    point, minus, to: the words.    signs: those of other signs that may stand beside a number.
    currencies, units: by symbol; a unit that is a single letter needs a space before it.
    scales: words that may stand between an amount and its unit, as they are written.
    of: said between a scale and its coins, before a vowel as `of_vowel`.    joiner: between coins and their parts.
    fractions: words of those that are known, as they are written.
    numbered: words, as they are written, that a Roman number may follow.
    web: how the marks of addresses are said.
    """

    table: str
    cardinal: str
    counting: Mapping[Gender, str]
    decimal_mark: str
    group_marks: str
    point: str
    minus: str
    to: str
    joiner: str
    signs: Mapping[str, str]
    currencies: Mapping[str, Currency]
    units: Mapping[str, Noun]
    scales: Mapping[str, Noun]
    dates: Dates
    times: Times
    ordinals: Ordinals
    fractions: Mapping[str, str]
    numbered: Sequence[str]
    web: Mapping[str, str]
    years: Years | None = None
    genders: Mapping[Gender, re.Pattern[str]] = field(default_factory=dict)
    reads_decimals: bool = False
    of: str = " "
    of_vowel: str = " "
