"""What keys have had spoken is counted by month, and never over their limit."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.factories import open_records

from rhapsode.access.keys import create_api_key
from rhapsode.access.quotas import paid_by
from rhapsode.storage import conversions, key_usage, projects
from rhapsode.storage.api_keys import KeyTerms
from rhapsode.storage.conversions import Conversion, Usage
from rhapsode.storage.records import Records, ensure_workspace
from rhapsode.studio.errors import ApiKeyNotFound, QuotaExceeded
from rhapsode.studio.ids import ApiKeyId, ConversionId, WorkspaceId

from .stored import WORKSPACE, make_project

FOREIGN = WorkspaceId("foreign")
RUN = ConversionId("run")


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    """New records with two workspaces."""
    records = open_records(tmp_path / "records.sqlite3")
    with records.write(FOREIGN) as tx:
        ensure_workspace(tx)
    yield records
    records.close()


@pytest.fixture
def key_id(records: Records) -> ApiKeyId:
    """A key that may have a hundred characters a month."""
    return create_api_key(
        records, WORKSPACE, name="laptop", terms=KeyTerms(character_limit=100)
    ).api_key.key_id


def used(records: Records, key_id: ApiKeyId) -> int:
    with records.read(WORKSPACE) as tx:
        return key_usage.count_characters(tx, key_id)


def test_a_key_pays_up_to_its_limit(records: Records, key_id: ApiKeyId) -> None:
    """To the last character, and nothing of what is one too many."""
    with records.write(WORKSPACE) as tx:
        key_usage.pay(tx, key_id, 60)
        key_usage.pay(tx, key_id, 40)
        with pytest.raises(QuotaExceeded, match="You have 0 characters remaining, while 1 characters are"):
            key_usage.pay(tx, key_id, 1)
        key_usage.pay(tx, key_id, 0)

    assert used(records, key_id) == 100


def test_a_limit_of_nothing_lets_nothing_through(records: Records) -> None:
    """It isn't the lack of a limit."""
    none = create_api_key(records, WORKSPACE, name="guest", terms=KeyTerms(character_limit=0)).api_key.key_id

    with records.write(WORKSPACE) as tx, pytest.raises(QuotaExceeded):
        key_usage.pay(tx, none, 1)


def test_a_foreign_key_is_none(records: Records, key_id: ApiKeyId) -> None:
    """Each workspace has its own."""
    with records.write(FOREIGN) as tx:
        with pytest.raises(ApiKeyNotFound):
            key_usage.pay(tx, key_id, 1)
        assert key_usage.list_characters(tx) == {}


def test_many_at_once_never_have_more_than_there_is(records: Records, key_id: ApiKeyId) -> None:
    """Each of fifty threads wants three characters, and a third of them fails after it has paid."""

    def speak(number: int) -> str:
        try:
            with paid_by(records, WORKSPACE, key_id, 3):
                if number % 3 == 0:
                    raise ValueError(number)
        except (QuotaExceeded, ValueError) as error:
            return type(error).__name__
        return "spoken"

    with ThreadPoolExecutor(50) as pool:
        ended = list(pool.map(speak, range(50)))

    assert used(records, key_id) == 3 * ended.count("spoken") <= 100


def test_what_is_given_back_belongs_to_the_month_it_was_paid_in(records: Records, key_id: ApiKeyId) -> None:
    """A text that fails in the first minute of a month makes nobody's month longer."""
    with records.write(WORKSPACE) as tx:
        key_usage.pay(tx, key_id, 50)
        last_month_ms = tx.now_ms - 40 * 24 * 3600 * 1000
        key_usage.give_back(tx, key_id, 50, paid_at_ms=last_month_ms)

    assert used(records, key_id) == 50


@pytest.mark.parametrize("state", ["succeeded", "failed", "cancelled"])
@pytest.mark.parametrize(("spoken", "paid_in_the_end"), [(0, 0), (30, 30), (80, 80), (95, 80)])
def test_a_conversion_pays_for_what_it_has_spoken(
    records: Records, key_id: ApiKeyId, state: str, spoken: int, paid_in_the_end: int
) -> None:
    """However it ends, and once: what was spoken twice because of a kill isn't paid for twice."""
    project = make_project(origin="here")
    with records.write(WORKSPACE) as tx:
        projects.save_project(tx, project)
        conversions.insert_conversion(tx, Conversion(RUN, project.project_id, "converting", b"", tx.now_ms))
        conversions.pay_conversion(tx, RUN, key_id, 80)
        conversions.add_usage(tx, RUN, "speech", Usage(1, spoken, 1))
    assert used(records, key_id) == 80

    for _ in range(2):
        with records.write(WORKSPACE) as tx:
            conversions.finish_conversion(tx, RUN, state)

    assert used(records, key_id) == paid_in_the_end


@pytest.mark.parametrize(
    ("moment_ms", "month"), [(0, "1970-01"), (1_795_236_330_000, "2026-11"), (1_798_761_599_999, "2026-12")]
)
def test_months_are_those_of_utc(moment_ms: int, month: str) -> None:
    """Wherever the server stands."""
    assert key_usage.month_name(moment_ms) == month
