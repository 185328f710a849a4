"""Networks that lose everything, as records and jobs see it; `python -m tests.faults outages` tries more."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.ports import free_port
from tests.postgres import PostgresServer
from tests.rounds import rounds

from rhapsode.jobs.fleet.database import CLAIM_LOCK, FleetDatabase
from rhapsode.storage import postgres_session
from rhapsode.storage.postgres_session import jobs_session
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID, Records, list_workspaces
from rhapsode.studio.errors import RecordsUnavailable

from .outages import plan, suffer_all
from .proxy import Proxy, proxy_to

SILENCE_S, CONNECT_S = 3, 2
WAIT_S = 60


@pytest.fixture
def way(postgres: PostgresServer) -> Iterator[Proxy]:
    """A way to the database."""
    with proxy_to("127.0.0.1", postgres.port) as made:
        yield made


@pytest.fixture
def url(postgres: PostgresServer, way: Proxy, monkeypatch: pytest.MonkeyPatch) -> str:
    """New records behind it, where silence is given less time than elsewhere."""
    monkeypatch.setattr(postgres_session, "DATABASE_SILENCE_S", SILENCE_S)
    monkeypatch.setattr(postgres_session, "DATABASE_CONNECT_S", CONNECT_S)
    return postgres.address_at(way.port, postgres.new_records()).replace("://", "+psycopg://")


def timed(work: Callable[[], object]) -> float:
    """How long something took."""
    began_s = time.monotonic()
    work()
    return time.monotonic() - began_s


def test_a_cut_is_told_locks_are_let_go_and_all_goes_on(
    postgres: PostgresServer, way: Proxy, url: str
) -> None:
    """Who asks meanwhile is told and doesn't hang; who holds a lock behind a cut keeps nobody waiting for long."""
    records, fleet = Records.open_postgres(url), FleetDatabase(url, jobs_session())
    beside = FleetDatabase(sa.make_url(url).set(port=postgres.port).render_as_string(), jobs_session())
    way.reset()
    assert list_workspaces(records) == [DEFAULT_WORKSPACE_ID]
    fleet.open()

    def hold() -> None:
        with contextlib.suppress(sa.exc.OperationalError), fleet.alone(CLAIM_LOCK, wait_ms=1) as alone:
            held.set()
            is_cut.wait(WAIT_S)
            assert alone is not None
            alone.check()
            has_kept.set()

    def refuse() -> None:
        with pytest.raises(RecordsUnavailable):
            list_workspaces(records)

    held, is_cut, has_kept = threading.Event(), threading.Event(), threading.Event()
    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(WAIT_S)
    way.cut()
    is_cut.set()
    asker = threading.Thread(target=refuse)
    asker.start()
    with beside.alone(CLAIM_LOCK, wait_ms=20_000) as alone:
        assert alone is not None
    for thread in (asker, holder):
        thread.join(WAIT_S)
        assert not thread.is_alive()
    way.mend()
    assert not has_kept.is_set()

    assert timed(lambda: list_workspaces(records)) < 10
    with fleet.alone(CLAIM_LOCK, wait_ms=20_000) as alone:
        assert alone is not None
    for each in (records, fleet, beside):
        each.close()


@pytest.mark.slow
@pytest.mark.timeout(1_200)
@pytest.mark.skipif(not rounds(0, 1), reason="takes minutes: RHAPSODE_TEST_FULL=1")
def test_nothing_is_lost_or_doubled_by_outages(tmp_path: Path) -> None:
    """All kinds of them, shorter and fewer than in `python -m tests.faults outages`."""
    lines = list(suffer_all(tmp_path, [free_port() for _ in range(3)], plan(3, 15)))
    assert "the same bytes as one quiet machine" in lines[-1]
