"""Storage that several processes have: each with a directory of its own, and all with the same records and packs."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.postgres import PostgresServer
from tests.unit.storage.stored import commit, key_of, write_pack

from rhapsode.app import open_app
from rhapsode.storage.directory import DataDirectory
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.members import Member, beat, leave, list_members
from rhapsode.storage.records import Records
from rhapsode.storage.shared import open_shared, refuse_shared
from rhapsode.studio.errors import DataDirectoryRefused, InvalidInput


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    """A database with new records."""
    return postgres.new_records()


@contextlib.contextmanager
def taken(path: Path) -> Iterator[DataDirectory]:
    """A data directory of its own."""
    with DataDirectory.open(path, "test") as directory:
        yield directory


def test_members_share_packs_and_not_what_is_unfinished(tmp_path: Path, url: str) -> None:
    """What one puts the other reads; what one has begun the other doesn't clear away."""
    packs = f"file://{tmp_path}/packs"
    with taken(tmp_path / "a") as here, taken(tmp_path / "b") as there:
        records, blobs = open_shared(here, url, packs)
        begun = blobs.temporary_directory() / "begun"
        begun.write_bytes(b"half")
        others, other_blobs = open_shared(there, url, packs)

        assert isinstance(blobs, LocalBlobs)
        assert begun.exists()
        blobs.put("packs/aa/one.pack", begun)
        assert other_blobs.read("packs/aa/one.pack", 0, 4) == b"half"
        assert here.member_id != there.member_id
        records.close()
        others.close()


def test_packs_of_other_records_are_refused(tmp_path: Path, postgres: PostgresServer, url: str) -> None:
    """Clean-up of one would delete what the other needs."""
    packs = f"file://{tmp_path}/packs"
    with taken(tmp_path / "a") as here:
        open_shared(here, url, packs)[0].close()
    with (
        taken(tmp_path / "b") as there,
        pytest.raises(DataDirectoryRefused, match="has the packs of other records"),
    ):
        open_shared(there, postgres.new_records(), packs)


def test_a_member_with_another_store_is_refused(tmp_path: Path, url: str) -> None:
    """While others live, and for good once there are packs; a store that was never told whose it is may be told."""
    packs, mistyped = f"file://{tmp_path}/packs", f"file://{tmp_path}/pacsk"
    with taken(tmp_path / "a") as here, taken(tmp_path / "b") as there:
        records, blobs = open_shared(here, url, packs)
        assert isinstance(blobs, LocalBlobs)
        (tmp_path / "packs" / "owner").unlink()
        open_shared(there, url, packs)[0].close()
        beat(records, Member("A", "server", "here:1", "0"))
        with pytest.raises(DataDirectoryRefused, match="the store that its other members have"):
            open_shared(there, url, mistyped)
        leave(records, "A")
        commit(records, write_pack(blobs, {key_of("a"): b"spoken"}))
        with pytest.raises(DataDirectoryRefused, match="the store that its other members have"):
            open_shared(there, url, mistyped)
        assert not (tmp_path / "pacsk" / "owner").exists()
        open_shared(there, url, packs)[0].close()
        records.close()


def test_a_directory_stays_with_what_it_was_used_for(
    tmp_path: Path, postgres: PostgresServer, url: str
) -> None:
    """Whoever mistypes an address is told so, and doesn't find an empty library."""
    packs = f"file://{tmp_path}/packs"
    with taken(tmp_path / "alone") as alone:
        Records.open_sqlite(alone.records_path).close()
        with pytest.raises(DataDirectoryRefused, match="has records of its own"):
            open_shared(alone, url, packs)
    with taken(tmp_path / "a") as here:
        with pytest.raises(InvalidInput, match="RHAPSODE_BLOBS_URL"):
            open_shared(here, url, None)
        open_shared(here, url, packs)[0].close()
        with pytest.raises(DataDirectoryRefused, match="another database"):
            open_shared(here, postgres.new_records(), packs)
        with pytest.raises(DataDirectoryRefused, match="set RHAPSODE_DATABASE_URL"):
            refuse_shared(here)


def test_who_opens_it_is_a_member_until_the_end(tmp_path: Path, url: str) -> None:
    """With the engines it has, or those it was told to have; an engine that isn't there is refused."""
    packs = f"file://{tmp_path}/packs"
    with open_app(
        tmp_path / "a",
        command="worker",
        process_count=1,
        blobs_url=packs,
        database_url=url,
        engines=["tone"],
        min_free_bytes=0,
    ) as app:
        (member,) = list_members(app.records)
        assert (member.kind, member.engines) == ("worker", ("tone",))
        with (
            pytest.raises(InvalidInput, match="The engine bagpipe isn't installed here"),
            open_app(
                tmp_path / "b",
                command="worker",
                blobs_url=packs,
                database_url=url,
                engines=["bagpipe"],
                min_free_bytes=0,
            ),
        ):
            pass
        assert list_members(app.records) == [member]
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM members")).scalar() == 0
    engine.dispose()
