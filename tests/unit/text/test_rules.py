"""Where the rules of dictionaries fit."""

import re
import sys
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhapsode.studio.pronunciation import AliasRule, PhonemeRule, PronunciationRule
from rhapsode.text.rules import _folded, compile_rules


def found(text: str, *rules: PronunciationRule) -> list[tuple[str, str]]:
    """What of a text is replaced, and by what, in order."""
    matches = compile_rules(rules).find(text)
    return [(text[m.start : m.end], m.rule.alias) for m in matches if isinstance(m.rule, AliasRule)]


def anywhere(string: str, alias: str = "x", *, case_sensitive: bool = True) -> AliasRule:
    """A rule that also fits inside words."""
    return AliasRule(string, alias, case_sensitive=case_sensitive, word_boundaries=False)


def anycase(string: str, alias: str = "x") -> AliasRule:
    """A rule that fits whatever the case."""
    return AliasRule(string, alias, case_sensitive=False)


def test_a_rule_says_where_it_fits() -> None:
    """Each place in code points, with the rule itself, whatever its kind."""
    alias, phoneme = AliasRule("Thames", "temz"), PhonemeRule("quay", "kiː", "ipa")

    matches = compile_rules([alias, phoneme]).find("🚢 The quay on the Thames.")

    assert [(m.start, m.end, m.rule) for m in matches] == [(6, 10, phoneme), (18, 24, alias)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cat", ["cat"]),
        ("Cat CAT", []),
        ("concat cats cat_s", ["cat"]),
        ("cat's (cat) cat-like", ["cat", "cat", "cat"]),
        ("cat2 2cat", []),
        ("cat\u0301 cat\u00adkin cat\u200dx", []),
        ("猫cat", []),
    ],
)
def test_words_are_whole(text: str, expected: list[str]) -> None:
    """A rule fits between what is no letter and no digit; a mark, a joiner or a soft hyphen goes on with a word."""
    assert [string for string, _ in found(text, AliasRule("cat", "x"))] == expected


@pytest.mark.parametrize(
    ("text", "string"),
    [
        ("B-but why?", "B-"),
        ("the dog's bone", "'s"),
        ("a b-but", " b-"),
        ("C++ is hard", "C++"),
        ("x@y", "@"),
    ],
)
def test_signs_have_no_boundaries(text: str, string: str) -> None:
    """Where a rule begins or ends with a sign, it may touch a word, for it is not inside of one."""
    assert found(text, AliasRule(string, "x")) == [(string, "x")]


@pytest.mark.parametrize(
    ("text", "string"),
    [
        ("我住在东京市中心。", "东京"),
        ("東京へ行く。", "東京"),
        ("ฉันอยู่กรุงเทพฯ", "กรุงเทพ"),
        ("ນະຄອນຫຼວງວຽງຈັນ", "ວຽງຈັນ"),
    ],
)
def test_scripts_without_spaces(text: str, string: str) -> None:
    """Nothing inside such a text is a word's boundary, so only a rule that needs none fits there."""
    assert found(text, AliasRule(string, "x")) == []
    assert found(text, anywhere(string)) == [(string, "x")]
    assert found(string, AliasRule(string, "x")) == [(string, "x")]


def test_case() -> None:
    """A rule minds the case unless it says otherwise, in every script that has one; all stays in its place."""
    assert found("Rhea RHEA rhea", AliasRule("Rhea", "x")) == [("Rhea", "x")]
    text = "İzmir ΟΔΟΣ οδός Straße ЁЛКА"
    strings = [string for string, _ in found(text, anycase("οδοσ"), anycase("STRASSE"), anycase("ёлка"))]
    assert strings == ["ΟΔΟΣ", "ЁЛКА"]
    assert found("İZMİR", anycase("izmir")) == [("İZMİR", "x")]


def test_no_case_moves_a_character() -> None:
    """Folding keeps every character of Unicode in its place."""
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    assert len(_folded(every)) == len(every)


def test_the_first_rule_wins() -> None:
    """Of rules that overlap the one further up is used, wherever it begins, and the others keep what is left."""
    york, new_york = AliasRule("York", "one"), AliasRule("New York", "two")

    assert found("New York", york, new_york) == [("York", "one")]
    assert found("New York", new_york, york) == [("New York", "two")]
    assert found("York, New York", new_york, york) == [("York", "one"), ("New York", "two")]
    assert found("ab", AliasRule("ab", "one"), AliasRule("ab", "two")) == [("ab", "one")]


def test_a_rule_that_does_not_fit_makes_way() -> None:
    """Where the first rule of a string needs a boundary that isn't there, the next one is used."""
    assert found("cats", AliasRule("cat", "one"), anywhere("cat", "two")) == [("cat", "two")]
    assert found("Cat", AliasRule("cat", "one"), anycase("cat", "two")) == [("Cat", "two")]
    # What begins at the same place and is shorter gets its turn when the longer one has lost.
    rules = (anywhere("bc", "one"), anywhere("ab", "two"), anywhere("a", "three"))
    assert found("abc", *rules) == [("a", "three"), ("bc", "one")]


def test_nothing_to_find() -> None:
    """Without rules, or without text, there are no matches."""
    assert found("The quay.") == []
    assert found("", AliasRule("a", "x")) == []


@given(
    st.text("abA ", max_size=40),
    st.lists(st.tuples(st.text("abA", min_size=1, max_size=4), st.booleans(), st.booleans()), max_size=6),
)
def test_as_the_plain_way_has_it(text: str, drawn: list[tuple[str, bool, bool]]) -> None:
    """The same as trying each rule on the whole text, one after the other, from the first."""
    rules = [AliasRule(string, "x", cased, whole) for string, cased, whole in drawn]
    expected: list[tuple[int, int, PronunciationRule]] = []
    for rule in rules:
        edges = (r"(?<!\w)", r"(?!\w)") if rule.word_boundaries else ("", "")
        pattern = f"{edges[0]}(?={re.escape(rule.string_to_replace)}{edges[1]})"
        for match in re.finditer(pattern, text, 0 if rule.case_sensitive else re.IGNORECASE):
            start, end = match.start(), match.start() + len(rule.string_to_replace)
            if all(end <= s or e <= start for s, e, _ in expected):
                expected.append((start, end, rule))

    matches = compile_rules(rules).find(text)

    assert [(m.start, m.end, m.rule) for m in matches] == sorted(expected, key=lambda e: e[0])
    assert all(before.end <= behind.start for before, behind in pairwise(matches))


def test_thousands_of_rules_on_a_novel() -> None:
    """5,000 words are looked for in 680,000 characters within two seconds of a processor, paragraph by paragraph."""
    words = [
        f"{a}{b}{c}{d}" for a in "bcdfgst" for b in "aeiou" for c in "lmnrstvwxyz" for d in "aeioundertkmp"
    ]
    rules = tuple(AliasRule(word, word.upper(), word[0] != "b") for word in words)[:5000]
    assert len(rules) == 5_000
    paragraph = " ".join(words[i * 71] for i in range(68))

    began_s = time.process_time()
    count = sum(len(compile_rules(rules).find(paragraph)) for _ in range(2_000))
    passed_s = time.process_time() - began_s

    assert count == 68 * 2_000
    assert passed_s < 2


def test_rules_that_begin_alike() -> None:
    """What fits at every place with every length still ends, and the first rule has all it can."""
    rules = tuple(anywhere("a" * length) for length in range(1, 201))

    assert len(compile_rules(rules).find("a" * 2_000)) == 2_000
    assert len(compile_rules(rules[::-1]).find("a" * 2_010)) == 11


def test_rules_for_one_string() -> None:
    """Thousands of rules for one string cost no more than two of them: only the first with its boundaries can fit."""
    rules = [*(anycase("a") for _ in range(20_000)), *(anywhere("a", "y") for _ in range(20_000))]

    began_s = time.process_time()
    matches = compile_rules(rules).find("a" * 20_000)

    assert {match.rule.alias for match in matches if isinstance(match.rule, AliasRule)} == {"y"}
    assert len(matches) == 20_000
    assert time.process_time() - began_s < 5
