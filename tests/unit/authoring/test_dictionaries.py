"""Pronunciation dictionaries as clients make and change them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.factories import WORKSPACE, Studio, open_studio

from rhapsode.authoring.dictionaries import (
    DictionaryWishes,
    add_rules,
    checked_locators,
    create_dictionary,
    remove_rules,
    set_rules,
    update_dictionary,
    with_added,
)
from rhapsode.storage import dictionaries
from rhapsode.storage.dictionaries import DictionaryQuery
from rhapsode.studio.errors import InvalidInput, PronunciationDictionaryNotFound
from rhapsode.studio.ids import DictionaryId, new_id
from rhapsode.studio.limits import MAX_PROJECT_LOCATORS, MAX_RULES
from rhapsode.studio.pronunciation import AliasRule, DictionaryLocator, PhonemeRule, PronunciationRule

A, B, C = AliasRule("a", "ay"), AliasRule("b", "bee"), AliasRule("c", "sea")
WISHES = DictionaryWishes("Letters")


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path) as studio:
        yield studio


def rules_of(studio: Studio, dictionary_id: DictionaryId) -> tuple[PronunciationRule, ...]:
    """The latest rules."""
    with studio.records.read(WORKSPACE) as tx:
        return dictionaries.get_rules(tx, dictionary_id)


def test_added_rules_take_the_place_of_their_string() -> None:
    """Order is kept; of several rules of a string one is left, and of several added the last holds."""
    other_b, last_b = AliasRule("b", "be"), PhonemeRule("b", "biː", "ipa")

    assert with_added([A, B], [C]) == (A, B, C)
    assert with_added([A, B, C], [other_b]) == (A, other_b, C)
    assert with_added([B, A, other_b], [last_b]) == (last_b, A)
    assert with_added([A], [C, B, other_b]) == (A, C, other_b)
    assert with_added([A, A], [C]) == (A, A, C)
    assert with_added([], []) == ()


def test_each_change_is_a_version(studio: Studio) -> None:
    """Set, add and remove; a string that no rule has can be removed too, which makes a version all the same."""
    made = create_dictionary(studio.records, WORKSPACE, WISHES, [A])
    dictionary_id = made.dictionary_id

    added = add_rules(studio.records, WORKSPACE, dictionary_id, [B])
    removed = remove_rules(studio.records, WORKSPACE, dictionary_id, ["a", "nothing"])
    assert rules_of(studio, dictionary_id) == (B,)
    same = remove_rules(studio.records, WORKSPACE, dictionary_id, ["nothing"])
    last = set_rules(studio.records, WORKSPACE, dictionary_id, [C, A])

    assert [v.rule_count for v in (made, added, removed, same, last)] == [1, 2, 1, 1, 2]
    assert len({v.latest_version_id for v in (made, added, removed, same, last)}) == 5
    assert rules_of(studio, dictionary_id) == (C, A)


def test_renaming_makes_no_version(studio: Studio) -> None:
    """Nor does archiving; what isn't said stays."""
    made = create_dictionary(studio.records, WORKSPACE, WISHES, [A])

    archived = update_dictionary(studio.records, WORKSPACE, made.dictionary_id, archived=True)
    renamed = update_dictionary(studio.records, WORKSPACE, made.dictionary_id, name="  Signs ")

    assert (archived.name, renamed.name) == ("Letters", "Signs")
    assert archived.archived_at_ms == renamed.archived_at_ms is not None
    assert renamed.latest_version_id == made.latest_version_id


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [
        ([A, AliasRule("", "x")], "string_to_replace of rule 2 is empty"),
        ([AliasRule(" \n", "x")], "string_to_replace of rule 1 is empty"),
        ([AliasRule("x" * 201, "x")], "string_to_replace of rule 1 has 201 characters"),
        ([AliasRule("x", "y" * 501)], "alias of rule 1 has 501 characters"),
        ([AliasRule("x", "\x07")], "alias of rule 1 has a character that is no text: U\\+0007"),
        ([A, B, PhonemeRule("x", " ", "ipa")], "phoneme of rule 3 is empty"),
        ([PhonemeRule("x", "\ufffe", "ipa")], "phoneme of rule 1 has a character that is no text"),
        ([A] * (MAX_RULES + 1), "at most 20,000 rules, not 20,001"),
    ],
)
def test_rules_that_are_refused(studio: Studio, rules: list[PronunciationRule], sentence: str) -> None:
    """With a sentence, and nothing is kept."""
    made = create_dictionary(studio.records, WORKSPACE, WISHES, [A])
    for attempt in (set_rules, add_rules):
        with pytest.raises(InvalidInput, match=sentence):
            attempt(studio.records, WORKSPACE, made.dictionary_id, rules)
    with pytest.raises(InvalidInput, match=sentence):
        create_dictionary(studio.records, WORKSPACE, WISHES, rules)

    with studio.records.read(WORKSPACE) as tx:
        assert dictionaries.list_dictionaries(tx, DictionaryQuery(), 5) == [made]


def test_too_many_in_the_end(studio: Studio) -> None:
    """What is added must leave no more than a dictionary may have."""
    full = [AliasRule(f"word{number}", "x") for number in range(MAX_RULES)]
    made = create_dictionary(studio.records, WORKSPACE, WISHES, full)
    with pytest.raises(InvalidInput, match="at most 20,000"):
        add_rules(studio.records, WORKSPACE, made.dictionary_id, [A])
    assert add_rules(studio.records, WORKSPACE, made.dictionary_id, full[:1]).rule_count == MAX_RULES


def test_an_empty_alias(studio: Studio) -> None:
    """What a rule replaces may be left out of what is spoken."""
    made = create_dictionary(studio.records, WORKSPACE, WISHES, [AliasRule("†", "")])
    assert rules_of(studio, made.dictionary_id) == (AliasRule("†", ""),)


def test_locators_are_of_what_is_there(studio: Studio) -> None:
    """An archived dictionary, an absent one and too many of them are refused."""
    made = create_dictionary(studio.records, WORKSPACE, WISHES, [A])
    locator = DictionaryLocator(made.dictionary_id, made.latest_version_id)
    with studio.records.read(WORKSPACE) as tx:
        assert checked_locators(tx, [locator]) == (locator,)
        with pytest.raises(PronunciationDictionaryNotFound):
            checked_locators(tx, [locator, DictionaryLocator(DictionaryId(new_id()))])
        with pytest.raises(InvalidInput, match="at most 20 pronunciation dictionaries"):
            checked_locators(tx, [locator] * (MAX_PROJECT_LOCATORS + 1))
    update_dictionary(studio.records, WORKSPACE, made.dictionary_id, archived=True)
    with (
        studio.records.read(WORKSPACE) as tx,
        pytest.raises(PronunciationDictionaryNotFound, match=made.dictionary_id),
    ):
        checked_locators(tx, [locator])
