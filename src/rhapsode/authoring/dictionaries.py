"""Make and change pronunciation dictionaries, as clients of the wire ask for it."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from rhapsode.authoring.checks import checked_name, checked_words
from rhapsode.storage import dictionaries
from rhapsode.storage.audit import add_audit_entry
from rhapsode.storage.dictionaries import Dictionary
from rhapsode.storage.records import Records, Transaction
from rhapsode.studio.errors import InvalidInput
from rhapsode.studio.ids import DictionaryId, WorkspaceId
from rhapsode.studio.limits import (
    MAX_DESCRIPTION_CHARACTERS,
    MAX_PROJECT_LOCATORS,
    MAX_REPLACED_CHARACTERS,
    MAX_REPLACEMENT_CHARACTERS,
    MAX_RULES,
)
from rhapsode.studio.pronunciation import AliasRule, DictionaryLocator, PronunciationRule

_ACTOR = "api"
# What XML can't hold, and so no lexicon (XML 1.0, Char).
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

Change = Callable[[tuple[PronunciationRule, ...]], tuple[PronunciationRule, ...]]


@dataclass(frozen=True, slots=True)
class DictionaryWishes:
    """What a client says of a new dictionary. Source: operation add_from_rules."""

    name: str
    description: str | None = None
    workspace_access: str | None = None


def create_dictionary(
    records: Records,
    workspace_id: WorkspaceId,
    wishes: DictionaryWishes,
    rules: Sequence[PronunciationRule],
) -> Dictionary:
    """Make a dictionary. Raises: InvalidInput, with what can't be used."""
    name = checked_name(wishes.name, what="The dictionary's name")
    description = checked_words(wishes.description, what="The description", limit=MAX_DESCRIPTION_CHARACTERS)
    check_rules(rules)
    with records.write(workspace_id) as tx:
        made = dictionaries.insert_dictionary(
            tx, name=name, description=description, workspace_access=wishes.workspace_access, rules=rules
        )
        _audit(tx, "dictionary.created", made.dictionary_id)
    return made


def set_rules(
    records: Records,
    workspace_id: WorkspaceId,
    dictionary_id: DictionaryId,
    rules: Sequence[PronunciationRule],
) -> Dictionary:
    """Make a version of these rules alone. Raises: PronunciationDictionaryNotFound; InvalidInput."""
    check_rules(rules)
    return _change_rules(records, workspace_id, dictionary_id, lambda _: tuple(rules))


def add_rules(
    records: Records,
    workspace_id: WorkspaceId,
    dictionary_id: DictionaryId,
    rules: Sequence[PronunciationRule],
) -> Dictionary:
    """Make a version with more rules (`with_added`). Raises: PronunciationDictionaryNotFound; InvalidInput."""
    check_rules(rules)
    return _change_rules(records, workspace_id, dictionary_id, lambda before: with_added(before, rules))


def remove_rules(
    records: Records, workspace_id: WorkspaceId, dictionary_id: DictionaryId, strings: Collection[str]
) -> Dictionary:
    """Make a version without the rules of these strings, of which there may be none.

    Raises: PronunciationDictionaryNotFound.
    """
    removed = frozenset(strings)
    return _change_rules(
        records,
        workspace_id,
        dictionary_id,
        lambda before: tuple(rule for rule in before if rule.string_to_replace not in removed),
    )


def _change_rules(
    records: Records, workspace_id: WorkspaceId, dictionary_id: DictionaryId, change: Change
) -> Dictionary:
    with records.write(workspace_id) as tx:
        rules = change(dictionaries.get_rules(tx, dictionary_id))
        _check_count(len(rules))
        dictionaries.insert_version(tx, dictionary_id, rules)
        _audit(tx, "dictionary.rules_changed", dictionary_id)
        return dictionaries.get_dictionary(tx, dictionary_id)


def with_added(
    before: Sequence[PronunciationRule], added: Sequence[PronunciationRule]
) -> tuple[PronunciationRule, ...]:
    """Pure: the rules with others, each in the place of the first one with its string, or at the end."""
    newest = {rule.string_to_replace: rule for rule in added}
    waiting = dict(newest)
    result: list[PronunciationRule] = []
    for rule in before:
        string = rule.string_to_replace
        if string not in newest:
            result.append(rule)
        elif string in waiting:
            result.append(waiting.pop(string))
    return (*result, *waiting.values())


def update_dictionary(
    records: Records,
    workspace_id: WorkspaceId,
    dictionary_id: DictionaryId,
    *,
    name: str | None = None,
    archived: bool | None = None,
) -> Dictionary:
    """Rename or archive a dictionary, or take it back into use, without a new version; None changes nothing.

    Raises: PronunciationDictionaryNotFound; InvalidInput.
    """
    with records.write(workspace_id) as tx:
        if name is not None:
            dictionaries.rename_dictionary(
                tx, dictionary_id, checked_name(name, what="The dictionary's name")
            )
        if archived is not None:
            dictionaries.archive_dictionary(tx, dictionary_id, archived=archived)
        updated = dictionaries.get_dictionary(tx, dictionary_id)
        _audit(tx, "dictionary.updated", dictionary_id)
    return updated


def _audit(tx: Transaction, action: str, dictionary_id: DictionaryId) -> None:
    add_audit_entry(tx, actor=_ACTOR, action=action, object_id=dictionary_id)


def checked_locators(tx: Transaction, locators: Sequence[DictionaryLocator]) -> tuple[DictionaryLocator, ...]:
    """The dictionaries that a project is to have; those that are there, and in use, are fine.

    Raises: PronunciationDictionaryNotFound; InvalidInput, when there are too many.
    """
    if len(locators) > MAX_PROJECT_LOCATORS:
        msg = f"A project has at most {MAX_PROJECT_LOCATORS} pronunciation dictionaries, not {len(locators)}."
        raise InvalidInput(msg)
    for locator in locators:
        found = dictionaries.find_version(tx, locator)
        if found is None or found.archived_at_ms is not None:
            raise dictionaries.not_found(locator.dictionary_id, locator.version_id)
    return tuple(locators)


def check_rules(rules: Sequence[PronunciationRule]) -> None:
    """Raises: InvalidInput, with a sentence that says which rule can't be used, and why."""
    _check_count(len(rules))
    for number, rule in enumerate(rules, start=1):
        _check_text(
            rule.string_to_replace, MAX_REPLACED_CHARACTERS, f"The string_to_replace of rule {number}"
        )
        if not rule.string_to_replace.strip():
            msg = f"The string_to_replace of rule {number} is empty."
            raise InvalidInput(msg)
        if isinstance(rule, AliasRule):
            _check_text(rule.alias, MAX_REPLACEMENT_CHARACTERS, f"The alias of rule {number}")
            continue
        _check_text(rule.phoneme, MAX_REPLACEMENT_CHARACTERS, f"The phoneme of rule {number}")
        if not rule.phoneme.strip():
            msg = f"The phoneme of rule {number} is empty."
            raise InvalidInput(msg)


def _check_count(count: int) -> None:
    if count > MAX_RULES:
        msg = f"A pronunciation dictionary has at most {MAX_RULES:,} rules, not {count:,}."
        raise InvalidInput(msg)


def _check_text(text: str, limit: int, what: str) -> None:
    if len(text) > limit:
        msg = f"{what} has {len(text):,} characters; at most {limit:,} are possible."
        raise InvalidInput(msg)
    found = _UNWRITABLE.search(text)
    if found is not None:
        msg = f"{what} has a character that is no text: U+{ord(found[0]):04X} at position {found.start()}."
        raise InvalidInput(msg)
