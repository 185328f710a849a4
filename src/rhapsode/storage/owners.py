"""Who needs some segments, in words: those that are hit when one is lost."""

from collections.abc import Collection, Iterator, Sequence

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.records import Transaction
from rhapsode.storage.references import list_owners
from rhapsode.storage.rows import chunks


def describe_owners(tx: Transaction, keys: Collection[bytes]) -> list[str]:
    """Snapshots, takes, history items, exports and projects that refer to any of these segments, in this order."""
    owners = list_owners(tx, keys)
    return [*_snapshots(tx, owners), *_takes(tx, owners), *_history_items(owners), *_others(tx, owners)]


def _snapshots(tx: Transaction, owners: Sequence[str]) -> Iterator[str]:
    table = schema.chapter_snapshots
    for chapter_snapshot_id, name in _rows(tx, table.c.chapter_snapshot_id, table.c.name, owners):
        yield f"Snapshot {chapter_snapshot_id} of chapter “{name}”."


def _takes(tx: Transaction, owners: Sequence[str]) -> Iterator[str]:
    for take_id, node_id in _rows(tx, schema.takes.c.take_id, schema.takes.c.node_id, owners):
        yield f"Take {take_id} of node {node_id}."


def _history_items(owners: Sequence[str]) -> Iterator[str]:
    """The owner is a file of theirs (storage.history.file_owner)."""
    for history_item_id, slash, output_format in (owner.partition("/") for owner in owners):
        if slash:
            yield f"History item {history_item_id} in {output_format}."


def _others(tx: Transaction, owners: Sequence[str]) -> Iterator[str]:
    export, project, snapshot = schema.exports.c, schema.projects.c, schema.project_snapshots.c
    for export_id, format_name in _rows(tx, export.export_id, export.format, owners):
        yield f"Export {export_id} as {format_name}."
    for project_id, name in _rows(tx, project.project_id, project.name, owners):
        yield f"Project {project_id}, “{name}”: its cover or its document."
    for project_snapshot_id, name in _rows(tx, snapshot.project_snapshot_id, snapshot.name, owners):
        yield f"Snapshot {project_snapshot_id} of “{name}”: its cover."


def _rows(
    tx: Transaction, identity: sa.Column[str], said: sa.Column[str], owners: Sequence[str]
) -> Iterator[tuple[str, str]]:
    workspace_id = identity.table.c.workspace_id
    for chunk in chunks(owners):
        where = (workspace_id == tx.workspace_id, identity.in_(chunk))
        for row in tx.connection.execute(sa.select(identity, said).where(*where).order_by(identity)):
            yield row[0], row[1]
