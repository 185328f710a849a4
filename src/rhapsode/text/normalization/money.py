"""Amounts of money: `$12.50`, `£3m`, `€1,000`, `12,50 €`, `5¢`."""

import re

from rhapsode.text.normalization.context import is_attribute
from rhapsode.text.normalization.edits import Edit, edit
from rhapsode.text.normalization.language import GAP, Currency, Language, Noun
from rhapsode.text.normalization.numerals import form_of, numeral, say
from rhapsode.text.normalization.scanner import Reading, Rule, any_of


def money_rules(language: Language) -> list[Rule]:
    """Amounts with their symbol before or behind, also with a scale between or behind, and ranges of them."""
    amount, second = numeral(language, "amount"), numeral(language, "second")
    currency = f"(?P<currency>{any_of(language.currencies)})"
    scale = rf"(?P<scaled>{GAP}(?P<scale>{any_of(language.scales)})(?!\w))?"
    to = rf"(?:(?P<to>[-–](?:(?P=currency))?){second})?"
    before = re.compile(rf"{currency}{GAP}{amount}{to}{scale}(?!\w|[.,][0-9])")
    behind = re.compile(rf"{amount}{scale}(?P<unit>{GAP}{currency})(?!\w)")

    def read_before(match: re.Match[str]) -> Reading:
        return [*_first_of_range(language, match), *_last_before(language, match)]

    def read_behind(match: re.Match[str]) -> Reading:
        return _read_behind(language, match)

    return [
        Rule("symbol", before, read_before),
        Rule("word", before, read_before),
        Rule("digit", behind, read_behind),
    ]


def _first_of_range(language: Language, match: re.Match[str]) -> list[Edit]:
    if match["to"] is None:
        return []
    currency = language.currencies[match["currency"]]
    amount = match["amount"]
    has_parts = language.decimal_mark in amount and match["scale"] is None
    words = (
        say_amount(language, amount, currency) if has_parts else say(language, amount, currency.coin.gender)
    )
    return [Edit(match.start(), match.end("amount"), words), edit(match, "to", f" {language.to} ")]


def _last_before(language: Language, match: re.Match[str]) -> list[Edit]:
    """The amount whose symbol is before it."""
    group = "amount" if match["to"] is None else "second"
    start = match.start() if match["to"] is None else match.start("second")
    currency = language.currencies[match["currency"]]
    if match["scale"]:
        scale = language.scales[match["scale"]]
        words = say(language, match[group], scale.gender)
        coins = _say_scaled(language, match, form_of(scale, match[group]), currency.coin)
        return [Edit(start, match.end(group), words), edit(match, "scaled", f" {coins}")]
    if _is_thing(language, match):
        return [Edit(start, match.end(group), f"{say(language, match[group])} {currency.coin.one}")]
    return [Edit(start, match.end(group), say_amount(language, match[group], currency))]


def _read_behind(language: Language, match: re.Match[str]) -> Reading:
    """An amount with its symbol behind it."""
    currency = language.currencies[match["currency"]]
    amount = match["amount"]
    if match["scale"]:
        scale = language.scales[match["scale"]]
        words = _say_scaled(language, match, form_of(scale, amount), currency.coin)
        return [
            edit(match, "amount", say(language, amount, scale.gender)),
            Edit(match.end("amount"), match.end(), f" {words}"),
        ]
    if language.decimal_mark in amount:
        return [edit(match, 0, say_amount(language, amount, currency))]
    coin = currency.coin.one if _is_thing(language, match) else form_of(currency.coin, amount)
    return [
        edit(match, "amount", say(language, amount, currency.coin.gender)),
        edit(match, "unit", f" {coin}"),
    ]


def _say_scaled(language: Language, match: re.Match[str], scale: str, coin: Noun) -> str:
    if _is_thing(language, match):
        return f"{scale} {coin.one}"
    is_elided = coin.many[0].lower() in "aeiou"
    return f"{scale}{language.of_vowel if is_elided else language.of}{coin.many}"


def _is_thing(language: Language, match: re.Match[str]) -> bool:
    """Whether an amount describes what follows, which in English takes the singular: a $5 bill."""
    return language.table == "en" and is_attribute(match.string, match.start(), match.end())


def say_amount(language: Language, literal: str, currency: Currency) -> str:
    """The words of an amount as it is written: coins, and their parts where it has two decimals."""
    whole, _, decimals = literal.partition(language.decimal_mark)
    if currency.part is None or not whole or len(decimals) != 2:
        return f"{say(language, literal, currency.coin.gender)} {form_of(currency.coin, literal)}"
    parts = _say_noun(language, decimals.lstrip("0"), currency.part)
    if whole == "0":
        return parts or f"{say(language, whole)} {currency.coin.many}"
    coins = _say_noun(language, whole, currency.coin)
    return f"{coins}{language.joiner}{parts}" if parts else coins


def _say_noun(language: Language, literal: str, noun: Noun) -> str:
    return f"{say(language, literal, noun.gender)} {form_of(noun, literal)}" if literal else ""
