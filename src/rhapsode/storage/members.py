"""The servers and workers that share the records of an installation, and what only one of them does at a time.

A member that doesn't say for a while that it lives is dead: others take over what it did. One that only stood still
finds that it was forgotten, joins again, and has no leases any more.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID, Records, Transaction
from rhapsode.storage.rows import insert_or_ignore
from rhapsode.studio.ids import new_id

BEAT_S = 2.0
"""How often a member says that it lives."""

DEAD_AFTER_MS = 8_000
"""A member that has said nothing for so long is dead: four times that it was to speak. With two seconds until
somebody looks, its work goes on ten seconds after it was killed."""

FORGOTTEN_AFTER_MS = 30 * 24 * 3600 * 1000
"""So long a dead member is remembered. Others take over what it did in the first seconds, but where all of them were
killed, the first one that is started again, whenever that is, has to know of the others."""

MemberKind = Literal["server", "worker", "command"]

_MEMBERS, _LEASES, _INSTALLATION = schema.members, schema.leases, schema.installation
_COMMON = "members"


@dataclass(frozen=True, slots=True)
class Member:
    """A process that works on the records.

    member_id: the same after each start of the same process.    name: for people, as in "rack3:4711".
    engines: those it speaks with.    oldest_download_at_ms: when the download began that it has sent for the longest.
    """

    member_id: str
    kind: MemberKind
    name: str
    version: str
    engines: Sequence[str] = ()
    started_at_ms: int = 0
    seen_at_ms: int = 0
    oldest_download_at_ms: int | None = None


def beat(records: Records, member: Member) -> bool:
    """Say that a member lives; True when nobody knew it, or no longer."""
    with records.write_common(f"{_COMMON}/{member.member_id}") as tx:
        values = {
            "kind": member.kind,
            "name": member.name,
            "version": member.version,
            "engines": json.dumps(sorted(member.engines)),
            "seen_at_ms": tx.now_ms,
            "oldest_download_at_ms": member.oldest_download_at_ms,
        }
        known = _MEMBERS.update().where(_MEMBERS.c.member_id == member.member_id)
        if tx.connection.execute(known.values(values)).rowcount == 1:
            return False
        new = {"member_id": member.member_id, "started_at_ms": tx.now_ms, **values}
        tx.connection.execute(_MEMBERS.insert(), new)
        return True


def list_members(records: Records) -> list[Member]:
    """All that live or are thought to, in the order of their ids."""
    with records.read(DEFAULT_WORKSPACE_ID) as tx:
        rows = tx.connection.execute(
            sa.select(_MEMBERS).where(_lives(tx)).order_by(_MEMBERS.c.member_id)
        ).all()
    return [Member(**{**row._mapping, "engines": tuple(json.loads(row.engines))}) for row in rows]


def list_dead(records: Records) -> list[str]:
    """Ids of members that were not seen for too long, and are still remembered."""
    with records.read(DEFAULT_WORKSPACE_ID) as tx:
        return list(tx.connection.execute(sa.select(_MEMBERS.c.member_id).where(~_lives(tx))).scalars())


def forget_dead(records: Records) -> None:
    """Forget members that have been dead for long."""
    with records.write_common(_COMMON) as tx:
        before_ms = tx.now_ms - FORGOTTEN_AFTER_MS
        tx.connection.execute(_MEMBERS.delete().where(_MEMBERS.c.seen_at_ms < before_ms))


def leave(records: Records, member_id: str) -> None:
    """Forget a member that ends, with its leases."""
    with records.write_common(f"{_COMMON}/{member_id}") as tx:
        tx.connection.execute(_MEMBERS.delete().where(_MEMBERS.c.member_id == member_id))


def take_lease(records: Records, name: str, member_id: str, *, inherits: bool = True) -> bool:
    """Let a member do something alone, unless another one that lives does; whether it may.

    name: of the work, 128 characters at most.    What it has already it has further on.
    inherits: whether it takes what a dead one has; not when it can't tell who is dead.
    """
    with records.write_common(f"lease/{name}") as tx:
        if inherits:
            dead = sa.select(_MEMBERS.c.member_id).where(~_lives(tx))
            is_theirs = sa.and_(_LEASES.c.name == name, _LEASES.c.member_id.in_(dead))
            tx.connection.execute(_LEASES.delete().where(is_theirs))
        knows = sa.select(_MEMBERS.c.member_id).where(_MEMBERS.c.member_id == member_id)
        if tx.connection.execute(knows).first() is None:
            # It was forgotten, and joins again in a moment.
            return False
        tx.connection.execute(
            insert_or_ignore(tx.connection, _LEASES), {"name": name, "member_id": member_id}
        )
        holder = tx.connection.execute(sa.select(_LEASES.c.member_id).where(_LEASES.c.name == name)).scalar()
        return holder == member_id


def end_lease(records: Records, name: str, member_id: str) -> None:
    """Let others do what a member has done alone."""
    with records.write_common(f"lease/{name}") as tx:
        tx.connection.execute(
            _LEASES.delete().where(_LEASES.c.name == name, _LEASES.c.member_id == member_id)
        )


def ensure_installation_id(records: Records) -> str:
    """What the store of blobs says it belongs to; made when there is none."""
    installation_id = _INSTALLATION.c.installation_id
    with records.write_common("installation") as tx:
        found = tx.connection.execute(sa.select(installation_id)).scalar()
        if found is not None:
            return str(found)
        made = new_id(tx.now_ms)
        insert_installation(tx.connection, made, tx.now_ms)
        return made


def insert_installation(connection: sa.Connection, installation_id: str, created_at_ms: int) -> None:
    """Say what the store of blobs says it belongs to, where nobody has yet."""
    values = {"installation_id": installation_id, "created_at_ms": created_at_ms}
    connection.execute(_INSTALLATION.insert(), values)


def _lives(tx: Transaction) -> sa.ColumnElement[bool]:
    return _MEMBERS.c.seen_at_ms > tx.now_ms - DEAD_AFTER_MS
