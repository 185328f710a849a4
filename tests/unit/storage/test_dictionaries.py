"""Pronunciation dictionaries and their versions in the records."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from rhapsode.storage import dictionaries
from rhapsode.storage.dictionaries import Dictionary, DictionaryQuery
from rhapsode.storage.records import Records, Transaction, ensure_workspace
from rhapsode.studio.errors import PronunciationDictionaryNotFound
from rhapsode.studio.ids import DictionaryId, DictionaryVersionId, new_id
from rhapsode.studio.pronunciation import AliasRule, DictionaryLocator, PhonemeRule, PronunciationRule

from .stored import FOREIGN, WORKSPACE

QUAY = PhonemeRule("quay", "kiː", "ipa", case_sensitive=False)
THAMES = AliasRule("Thames", "temz", word_boundaries=False)


@pytest.fixture
def tx(records: Records) -> Iterator[Transaction]:
    """A transaction that writes."""
    with records.write(WORKSPACE) as tx:
        yield tx


def insert(tx: Transaction, *rules: PronunciationRule, name: str = "Rivers") -> Dictionary:
    """A dictionary of these rules."""
    return dictionaries.insert_dictionary(
        tx, name=name, description="Of a map.", workspace_access="viewer", rules=rules
    )


def test_a_dictionary_is_as_it_was_made(tx: Transaction) -> None:
    """With its rules, each field of them, in their order."""
    made = insert(tx, QUAY, THAMES)

    assert dictionaries.get_dictionary(tx, made.dictionary_id) == made
    assert (made.name, made.description, made.workspace_access) == ("Rivers", "Of a map.", "viewer")
    assert (made.rule_count, made.created_at_ms, made.archived_at_ms) == (2, tx.now_ms, None)
    assert dictionaries.get_rules(tx, made.dictionary_id) == (QUAY, THAMES)


def test_versions_stay(tx: Transaction) -> None:
    """New rules are the latest version, and the one before goes on saying what it said."""
    made = insert(tx, QUAY)

    version_id = dictionaries.insert_version(tx, made.dictionary_id, [THAMES, QUAY])

    assert dictionaries.get_dictionary(tx, made.dictionary_id).latest_version_id == version_id
    assert dictionaries.get_dictionary(tx, made.dictionary_id).rule_count == 2
    assert dictionaries.get_rules(tx, made.dictionary_id) == (THAMES, QUAY)
    assert dictionaries.get_rules(tx, made.dictionary_id, made.latest_version_id) == (QUAY,)


def test_rules_in_force(tx: Transaction) -> None:
    """Those of each dictionary, one after the other, each in the version that is named, or the latest."""
    first, second = insert(tx, QUAY), insert(tx, THAMES)
    dictionaries.insert_version(tx, first.dictionary_id, [])
    old = DictionaryLocator(first.dictionary_id, first.latest_version_id)
    latest = DictionaryLocator(first.dictionary_id)
    other = DictionaryLocator(second.dictionary_id)

    assert dictionaries.list_rules_in_force(tx, [other, old]) == (THAMES, QUAY)
    assert dictionaries.list_rules_in_force(tx, [latest, other]) == (THAMES,)
    assert dictionaries.list_rules_in_force(tx, []) == ()
    again = dictionaries.list_rules_in_force(tx, [other, old])
    assert dictionaries.list_rules_in_force(tx, [other, old]) is again


def test_an_archived_dictionary_is_not_in_force(tx: Transaction) -> None:
    """Unless somebody asks for those too; its time is that of the first time, until it is taken back."""
    made = insert(tx, QUAY)
    locator = DictionaryLocator(made.dictionary_id)

    dictionaries.archive_dictionary(tx, made.dictionary_id, archived=True)
    later = Transaction(tx.connection, tx.workspace_id, tx.now_ms + 1)
    dictionaries.archive_dictionary(later, made.dictionary_id, archived=True)

    assert dictionaries.get_dictionary(tx, made.dictionary_id).archived_at_ms == tx.now_ms
    with pytest.raises(PronunciationDictionaryNotFound):
        dictionaries.list_rules_in_force(tx, [locator])
    assert dictionaries.list_rules_in_force(tx, [locator], include_archived=True) == (QUAY,)
    dictionaries.archive_dictionary(tx, made.dictionary_id, archived=False)
    assert dictionaries.list_rules_in_force(tx, [locator]) == (QUAY,)


def test_what_is_not_there(tx: Transaction, records: Records) -> None:
    """An unknown dictionary, another one's version and what belongs to another workspace are the same error."""
    made, other = insert(tx, QUAY), insert(tx, THAMES)
    ensure_workspace(abroad := Transaction(tx.connection, FOREIGN, tx.now_ms))
    wrong = DictionaryVersionId(new_id())
    for where, dictionary_id, version_id in (
        (tx, DictionaryId(new_id()), None),
        (tx, made.dictionary_id, wrong),
        (tx, made.dictionary_id, other.latest_version_id),
        (abroad, made.dictionary_id, None),
        (abroad, made.dictionary_id, made.latest_version_id),
    ):
        locator = DictionaryLocator(dictionary_id, version_id)
        with pytest.raises(PronunciationDictionaryNotFound, match=dictionary_id):
            dictionaries.list_rules_in_force(where, [locator])
        assert dictionaries.find_versions(where, [locator]) == []
    with pytest.raises(PronunciationDictionaryNotFound):
        dictionaries.get_dictionary(abroad, made.dictionary_id)
    with pytest.raises(PronunciationDictionaryNotFound):
        dictionaries.insert_version(abroad, made.dictionary_id, [])
    with pytest.raises(PronunciationDictionaryNotFound):
        dictionaries.rename_dictionary(abroad, made.dictionary_id, "Mine")
    assert dictionaries.list_dictionaries(abroad, DictionaryQuery(), 10) == []


def test_versions_of_locators(tx: Transaction) -> None:
    """The version that a locator stands for, with its dictionary's present name; absent ones are left out."""
    made = insert(tx, QUAY, THAMES)
    dictionaries.rename_dictionary(tx, made.dictionary_id, "Lakes")
    absent = DictionaryLocator(DictionaryId(new_id()))

    (found,) = dictionaries.find_versions(tx, [absent, DictionaryLocator(made.dictionary_id)])

    assert (found.version_id, found.dictionary_id) == (made.latest_version_id, made.dictionary_id)
    assert (found.dictionary_name, found.rule_count, found.archived_at_ms) == ("Lakes", 2, None)


@pytest.mark.parametrize("by_name", [False, True])
@pytest.mark.parametrize("descending", [False, True])
def test_pages(tx: Transaction, *, by_name: bool, descending: bool) -> None:
    """Pages join to the whole list, in either order and direction, also where names are the same."""
    made = [insert(tx, name=name) for name in ("b", "a", "b", "C", "a")]
    dictionaries.archive_dictionary(tx, made[1].dictionary_id, archived=True)
    expected = sorted(
        (d for d in made if d is not made[1]),
        key=lambda d: (d.name if by_name else "", d.dictionary_id),
        reverse=descending,
    )

    found: list[Dictionary] = []
    while True:
        last = found[-1] if found else None
        query = DictionaryQuery(
            by_name=by_name,
            descending=descending,
            include_archived=False,
            after=last.dictionary_id if last else None,
            after_name=last.name if last else "",
        )
        page = dictionaries.list_dictionaries(tx, query, 2)
        found += page
        if len(page) < 2:
            break

    assert found == expected
    assert len(dictionaries.list_dictionaries(tx, DictionaryQuery(by_name=by_name), 10)) == 5


def test_lists_walk_an_index(tx: Transaction) -> None:
    """A page is read in the order of an index, from where it begins, and nothing is sorted."""
    seen: list[tuple[str, Any]] = []
    sa.event.listen(
        tx.connection,
        "before_cursor_execute",
        lambda _c, _u, statement, values, *_: seen.append((statement, values)),
    )
    after = DictionaryId(new_id())
    for by_name in (False, True):
        dictionaries.list_dictionaries(tx, DictionaryQuery(by_name=by_name, after=after), 10)
    statements, seen = seen, []
    for statement, values in statements:
        plan = tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
        assert not [row for row in plan if "SCAN" in row[3] or "TEMP B-TREE" in row[3]], plan
