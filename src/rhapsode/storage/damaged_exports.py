"""Exports that aren't what they were are forgotten with the bytes that are wrong, so that they can be made again.

What the records know isn't made a second time: of segments that are lost or damaged, each new export would be too.
"""

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.check_exports import find_problem
from rhapsode.storage.exports import delete_export, find_export_of_id
from rhapsode.storage.packs import pack_key, verify_pack
from rhapsode.storage.records import Records, Transaction
from rhapsode.studio.ids import WorkspaceId

_EXPORTS, _PACKS, _REFERENCES, _SEGMENTS = (
    schema.exports,
    schema.packs,
    schema.segment_references,
    schema.segments,
)


def forget_damaged_export(records: Records, blobs: Blobs, workspace_id: WorkspaceId, export_id: str) -> bool:
    """Forget an export if it is damaged, with each pack of it that is, and that has nothing but parts of exports.

    Reads those packs. Returns: whether it was forgotten; it isn't where the damage is in what it was made of, so that
    another would have it as well.    Raises: OSError, where the store can't tell; nothing was forgotten then.
    """
    with records.read(workspace_id) as tx:
        export = find_export_of_id(tx, export_id)
        if export is None:
            return False
        is_incomplete = find_problem(tx, export) is not None
        own_packs = [pack_id for pack_id in _list_packs(tx, export_id) if _has_only_exports(tx, pack_id)]
    damaged = [pack_id for pack_id in own_packs if verify_pack(blobs, pack_id)]
    with records.write(workspace_id) as tx:
        # Somebody else may have done it, and a pack of the same bytes be there by now.
        left = set(_list_packs(tx, export_id))
        forgotten = [pack_id for pack_id in damaged if pack_id in left and _has_only_exports(tx, pack_id)]
        for pack_id in forgotten:
            blobs.delete(pack_key(pack_id))
            _forget_pack(tx, pack_id)
        if is_incomplete or forgotten:
            delete_export(tx, export_id)
    return is_incomplete or bool(forgotten)


def _list_packs(tx: Transaction, export_id: str) -> list[str]:
    """The packs that an export has something in."""
    packs = (
        sa.select(_SEGMENTS.c.pack_id)
        .distinct()
        .where(
            _REFERENCES.c.owner_id == export_id,
            _REFERENCES.c.segment_id == _SEGMENTS.c.segment_id,
            _SEGMENTS.c.pack_id.is_not(None),
        )
    )
    return list(tx.connection.execute(packs).scalars())


def _has_only_exports(tx: Transaction, pack_id: str) -> bool:
    """Whether nobody but exports refers to anything in a pack: all of it can be made again."""
    others = sa.select(_REFERENCES.c.owner_id).where(
        _SEGMENTS.c.pack_id == pack_id,
        _REFERENCES.c.segment_id == _SEGMENTS.c.segment_id,
        ~sa.exists().where(_EXPORTS.c.export_id == _REFERENCES.c.owner_id),
    )
    return tx.connection.execute(others.limit(1)).first() is None


def _forget_pack(tx: Transaction, pack_id: str) -> None:
    """Delete the records of a pack. Other exports with a part of it are incomplete from now on."""
    in_pack = (_SEGMENTS.c.workspace_id == tx.workspace_id, _SEGMENTS.c.pack_id == pack_id)
    segment_ids = sa.select(_SEGMENTS.c.segment_id).where(*in_pack)
    tx.connection.execute(_REFERENCES.delete().where(_REFERENCES.c.segment_id.in_(segment_ids)))
    tx.connection.execute(_SEGMENTS.delete().where(*in_pack))
    tx.connection.execute(
        _PACKS.delete().where(_PACKS.c.workspace_id == tx.workspace_id, _PACKS.c.pack_id == pack_id)
    )
