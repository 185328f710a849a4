"""Queries on pronunciation dictionaries and their versions, which never change."""

import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.records import Transaction
from rhapsode.studio.errors import PronunciationDictionaryNotFound
from rhapsode.studio.ids import DictionaryId, DictionaryVersionId, new_id
from rhapsode.studio.pronunciation import AliasRule, DictionaryLocator, PhonemeRule, PronunciationRule

_DICTIONARIES, _VERSIONS = schema.pronunciation_dictionaries, schema.pronunciation_dictionary_versions
_UNPACKED_SETS = 8


@dataclass(frozen=True, slots=True)
class Dictionary:
    """A pronunciation dictionary. rule_count: of its latest version. Times are Unix milliseconds.

    workspace_access: who else may use it, as its maker said.    archived_at_ms: None while it is in use.
    Source: schema GetPronunciationDictionaryMetadataResponseModel.
    """

    dictionary_id: DictionaryId
    name: str
    description: str | None
    workspace_access: str | None
    latest_version_id: DictionaryVersionId
    rule_count: int
    created_at_ms: int
    archived_at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class DictionaryVersion:
    """The rules of a dictionary as they were at one time. created_at_ms: of the version.

    Source: schema PronunciationDictionaryVersionResponseModel.
    """

    version_id: DictionaryVersionId
    dictionary_id: DictionaryId
    dictionary_name: str
    rule_count: int
    created_at_ms: int
    archived_at_ms: int | None


@dataclass(frozen=True, slots=True)
class DictionaryQuery:
    """Which dictionaries to list. by_name: in the order of their names, else of the time they were made.

    after: the last one of the page before, exclusive.    after_name: its name, where it is by name.
    Source: operation get_pronunciation_dictionaries_metadata.
    """

    by_name: bool = False
    descending: bool = True
    include_archived: bool = True
    after: DictionaryId | None = None
    after_name: str = ""


def insert_dictionary(
    tx: Transaction,
    *,
    name: str,
    description: str | None,
    workspace_access: str | None,
    rules: Sequence[PronunciationRule],
) -> Dictionary:
    """Make a dictionary with its first version."""
    made = Dictionary(
        dictionary_id=DictionaryId(new_id(tx.now_ms)),
        name=name,
        description=description,
        workspace_access=workspace_access,
        latest_version_id=DictionaryVersionId(new_id(tx.now_ms)),
        rule_count=len(rules),
        created_at_ms=tx.now_ms,
    )
    values = asdict(made)
    del values["rule_count"]
    tx.connection.execute(_DICTIONARIES.insert().values(workspace_id=tx.workspace_id, **values))
    _insert_version_row(tx, made.dictionary_id, made.latest_version_id, rules)
    return made


def insert_version(
    tx: Transaction, dictionary_id: DictionaryId, rules: Sequence[PronunciationRule]
) -> DictionaryVersionId:
    """Give a dictionary new rules, as its latest version. Raises: PronunciationDictionaryNotFound."""
    version_id = DictionaryVersionId(new_id(tx.now_ms))
    _update(tx, dictionary_id, {"latest_version_id": version_id})
    _insert_version_row(tx, dictionary_id, version_id, rules)
    return version_id


def _insert_version_row(
    tx: Transaction,
    dictionary_id: DictionaryId,
    version_id: DictionaryVersionId,
    rules: Sequence[PronunciationRule],
) -> None:
    tx.connection.execute(
        _VERSIONS.insert().values(
            version_id=version_id,
            workspace_id=tx.workspace_id,
            dictionary_id=dictionary_id,
            rule_count=len(rules),
            created_at_ms=tx.now_ms,
            rules=_pack(rules),
        )
    )


def rename_dictionary(tx: Transaction, dictionary_id: DictionaryId, name: str) -> None:
    """Raises: PronunciationDictionaryNotFound."""
    _update(tx, dictionary_id, {"name": name})


def archive_dictionary(tx: Transaction, dictionary_id: DictionaryId, *, archived: bool) -> None:
    """Take a dictionary out of use, or back into it; one that is archived already keeps its time.

    Raises: PronunciationDictionaryNotFound.
    """
    now = sa.func.coalesce(_DICTIONARIES.c.archived_at_ms, tx.now_ms)
    _update(tx, dictionary_id, {"archived_at_ms": now if archived else None})


def _update(tx: Transaction, dictionary_id: DictionaryId, values: dict[str, Any]) -> None:
    dictionary = _DICTIONARIES.c
    changed = tx.connection.execute(
        _DICTIONARIES.update()
        .where(dictionary.workspace_id == tx.workspace_id, dictionary.dictionary_id == dictionary_id)
        .values(values)
    )
    if changed.rowcount == 0:
        raise not_found(dictionary_id)


def not_found(dictionary_id: str, version_id: str | None = None) -> PronunciationDictionaryNotFound:
    """What is said of a dictionary, or of a version of it, that the workspace doesn't have."""
    version = "" if version_id is None else f" with a version {version_id}"
    return PronunciationDictionaryNotFound(f"There is no pronunciation dictionary {dictionary_id}{version}.")


def get_dictionary(tx: Transaction, dictionary_id: DictionaryId) -> Dictionary:
    """A dictionary, archived or not. Raises: PronunciationDictionaryNotFound."""
    row = tx.connection.execute(
        _dictionaries(tx).where(_DICTIONARIES.c.dictionary_id == dictionary_id)
    ).first()
    if row is None:
        raise not_found(dictionary_id)
    return Dictionary(**row._mapping)


def list_dictionaries(tx: Transaction, query: DictionaryQuery, limit: int) -> list[Dictionary]:
    """At most `limit` dictionaries of the workspace; names are in the order of their code points."""
    listed = _dictionaries(tx).where(*_conditions(query))
    columns = [_DICTIONARIES.c.dictionary_id]
    if query.by_name:
        columns.insert(0, _DICTIONARIES.c.name)
    order = [column.desc() if query.descending else column.asc() for column in columns]
    return [Dictionary(**row._mapping) for row in tx.connection.execute(listed.order_by(*order).limit(limit))]


def _conditions(query: DictionaryQuery) -> Iterator[sa.ColumnElement[bool]]:
    dictionary = _DICTIONARIES.c
    if not query.include_archived:
        yield dictionary.archived_at_ms.is_(None)
    if query.after is None:
        return
    place = (
        sa.tuple_(dictionary.name, dictionary.dictionary_id) if query.by_name else dictionary.dictionary_id
    )
    last = sa.tuple_(query.after_name, query.after) if query.by_name else sa.literal(query.after)
    yield place < last if query.descending else place > last


def _dictionaries(tx: Transaction) -> sa.Select[Any]:
    dictionary, version = _DICTIONARIES.c, _VERSIONS.c
    return (
        sa.select(
            dictionary.dictionary_id,
            dictionary.name,
            dictionary.description,
            dictionary.workspace_access,
            dictionary.latest_version_id,
            version.rule_count,
            dictionary.created_at_ms,
            dictionary.archived_at_ms,
        )
        .join_from(_DICTIONARIES, _VERSIONS, version.version_id == dictionary.latest_version_id)
        .where(dictionary.workspace_id == tx.workspace_id)
    )


def get_rules(
    tx: Transaction, dictionary_id: DictionaryId, version_id: DictionaryVersionId | None = None
) -> tuple[PronunciationRule, ...]:
    """The rules of a version, or of the latest, of a dictionary, archived or not.

    Raises: PronunciationDictionaryNotFound.
    """
    locator = DictionaryLocator(dictionary_id, version_id)
    return list_rules_in_force(tx, [locator], include_archived=True)


def list_rules_in_force(
    tx: Transaction, locators: Sequence[DictionaryLocator], *, include_archived: bool = False
) -> tuple[PronunciationRule, ...]:
    """The rules of these dictionaries, one dictionary after the other; the first that fits a text wins.

    include_archived: for what an archived dictionary goes on working in, which are the projects that have it.
    Returns: the same tuple for the same versions, as far as it is remembered.
    Raises: PronunciationDictionaryNotFound.
    """
    return _unpack(tuple(_get_packed(tx, locator, include_archived) for locator in locators))


def _get_packed(tx: Transaction, locator: DictionaryLocator, include_archived: bool) -> bytes:
    row = _find_version_row(tx, locator, _VERSIONS.c.rules)
    if row is None or (row.archived_at_ms is not None and not include_archived):
        raise not_found(locator.dictionary_id, locator.version_id)
    return bytes(row.rules)


def find_version(tx: Transaction, locator: DictionaryLocator) -> DictionaryVersion | None:
    """The version that a locator stands for now, of a dictionary that is archived or not."""
    row = _find_version_row(tx, locator)
    return None if row is None else DictionaryVersion(**row._mapping)


def find_versions(tx: Transaction, locators: Sequence[DictionaryLocator]) -> list[DictionaryVersion]:
    """The versions that locators stand for now, in their order; those that aren't there are left out."""
    found = (find_version(tx, locator) for locator in locators)
    return [version for version in found if version is not None]


def _find_version_row(
    tx: Transaction, locator: DictionaryLocator, *more: sa.ColumnElement[Any]
) -> sa.Row[Any] | None:
    dictionary, version = _DICTIONARIES.c, _VERSIONS.c
    wanted = dictionary.latest_version_id if locator.version_id is None else locator.version_id
    return tx.connection.execute(
        sa.select(
            version.version_id,
            version.dictionary_id,
            dictionary.name.label("dictionary_name"),
            version.rule_count,
            version.created_at_ms,
            dictionary.archived_at_ms,
            *more,
        )
        .join_from(_DICTIONARIES, _VERSIONS, version.dictionary_id == dictionary.dictionary_id)
        .where(
            dictionary.workspace_id == tx.workspace_id,
            dictionary.dictionary_id == locator.dictionary_id,
            version.version_id == wanted,
        )
    ).first()


def _pack(rules: Sequence[PronunciationRule]) -> bytes:
    return zlib.compress(json.dumps([asdict(rule) for rule in rules], separators=(",", ":")).encode())


@lru_cache(maxsize=_UNPACKED_SETS)
def _unpack(packed: tuple[bytes, ...]) -> tuple[PronunciationRule, ...]:
    # Remembered, because thousands of rules are asked for with each short text that is spoken.
    return tuple(_rule(values) for rules in packed for values in json.loads(zlib.decompress(rules)))


def _rule(values: dict[str, Any]) -> PronunciationRule:
    return AliasRule(**values) if "alias" in values else PhonemeRule(**values)
