"""Who takes part in an installation, and what only one of them does at a time."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.postgres import PostgresServer

from rhapsode.storage import members, schema
from rhapsode.storage.members import DEAD_AFTER_MS, FORGOTTEN_AFTER_MS, Member
from rhapsode.storage.membership import Membership, Witness
from rhapsode.storage.records import Records

FIRST = Member("first", "server", "here:1", "1.0", ("tone", "espeak"))
SECOND = replace(FIRST, member_id="second", kind="worker", engines=("piper",))


@pytest.fixture(params=["sqlite", "postgres"])
def records(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Records]:
    """New records of each kind."""
    if request.param == "sqlite":
        opened = Records.open_sqlite(tmp_path / "records.sqlite3")
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        opened = Records.open_postgres(server.new_records())
    with contextlib.closing(opened):
        yield opened


def fall_silent(records: Records, member_id: str, for_ms: int) -> None:
    """Let it be so long ago that a member was seen."""
    seen = schema.members.c
    with records.write_common("test") as tx:
        tx.connection.execute(
            schema.members.update()
            .where(seen.member_id == member_id)
            .values(seen_at_ms=seen.seen_at_ms - for_ms)
        )


def test_who_says_that_it_lives_is_listed(records: Records) -> None:
    """With all that it said last; whoever says nothing for too long is dead, and lives again when it speaks."""
    assert members.beat(records, FIRST)
    assert members.beat(records, SECOND)
    assert not members.beat(records, replace(SECOND, oldest_download_at_ms=7))

    first, second = members.list_members(records)
    assert (first.engines, second.oldest_download_at_ms) == (("espeak", "tone"), 7)
    fall_silent(records, "first", DEAD_AFTER_MS)
    assert members.list_dead(records) == ["first"]
    assert [member.member_id for member in members.list_members(records)] == ["second"]
    members.beat(records, FIRST)
    assert members.list_dead(records) == []


def test_work_is_that_of_one_member_until_it_ends_or_dies(records: Records) -> None:
    """Nobody else may do it; then the first who asks may."""
    for member in (FIRST, SECOND):
        members.beat(records, member)
    assert members.take_lease(records, "clean-up", "first")
    assert members.take_lease(records, "clean-up", "first")
    assert not members.take_lease(records, "clean-up", "second")

    members.end_lease(records, "clean-up", "second")
    assert not members.take_lease(records, "clean-up", "second")
    members.end_lease(records, "clean-up", "first")
    assert members.take_lease(records, "clean-up", "second")
    fall_silent(records, "second", DEAD_AFTER_MS)
    assert members.take_lease(records, "clean-up", "first")
    assert not members.take_lease(records, "clean-up", "nobody")


def test_who_was_cut_off_itself_takes_nobody_for_dead(records: Records) -> None:
    """Nor what they did alone: others were cut off with it, and speak again in a moment."""
    now_s = 0.0
    membership = Membership(records, FIRST, clock_s=lambda: now_s)
    members.beat(records, SECOND)
    assert members.take_lease(records, "clean-up", "second")
    membership.start()
    fall_silent(records, "second", DEAD_AFTER_MS)
    assert (membership.list_dead(), membership.list_living()) == (["second"], ["first"])
    now_s = DEAD_AFTER_MS / 1000 + 1
    assert (membership.list_dead(), set(membership.list_living())) == ([], {"first", "second"})
    assert not membership.may("clean-up")
    membership.stop()


def test_who_was_cut_off_can_tell_when_others_had_time_to_speak() -> None:
    """As long as they are given anyway, counted from its own first word."""
    moments_s = [0.0]
    witness = Witness(8, lambda: moments_s[-1])
    told = []
    for moment_s in (0, 2, 30, 31, 36, 40):
        moments_s.append(moment_s)
        witness.note_beat()
        told.append(witness.can_tell)
    assert told == [True, True, False, False, False, True]


def test_who_was_dead_for_long_is_forgotten_with_what_it_did(records: Records) -> None:
    """One that wakes up after that joins anew, and does nothing alone any more."""
    for member in (FIRST, SECOND):
        members.beat(records, member)
    assert members.take_lease(records, "callbacks", "first")
    fall_silent(records, "first", FORGOTTEN_AFTER_MS + 1)
    members.forget_dead(records)

    assert members.list_dead(records) == []
    assert members.take_lease(records, "callbacks", "second")
    assert members.beat(records, FIRST)
    assert not members.take_lease(records, "callbacks", "first")


def test_a_membership_lasts_from_its_start_to_its_stop(records: Records) -> None:
    """It knows the engines and the oldest download of all, and leaves its work to others at once."""
    one = Membership(records, FIRST, find_oldest_download=lambda: 9)
    other = Membership(records, SECOND, find_oldest_download=lambda: None)
    one.start()
    other.start()

    assert one.may("clean-up")
    assert not other.may("clean-up")
    assert (other.oldest_download_at_ms(), other.list_engines()) == (
        9,
        frozenset(("espeak", "tone", "piper")),
    )
    assert list(other.list_living()) == ["first", "second"]
    one.stop()
    assert other.may("clean-up")
    assert list(other.list_living()) == ["second"]
    assert (other.oldest_download_at_ms(), other.list_engines()) == (None, frozenset(("piper",)))
    other.stop()


def test_an_installation_has_one_name(records: Records) -> None:
    """Whoever asks for it is told the same."""
    assert members.ensure_installation_id(records) == members.ensure_installation_id(records)
