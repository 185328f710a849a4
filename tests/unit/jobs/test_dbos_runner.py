"""What the conformance suite of runners can't tell, because only one of them has a memory."""

import contextlib
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.pool import Pool
from tests.conformance import runner_child
from tests.conformance.runner_child import WORKSPACE, FileSteps, Shape, dbos_runner
from tests.conftest import ROOT
from tests.waiting import wait_until

from rhapsode.studio.ids import ConversionId

ONE = ConversionId("one")
OTHER_VERSION = f"""
import sys
from rhapsode.jobs import dbos_runner
dbos_runner._APPLICATION_VERSION = "0"
from {runner_child.__name__} import main
main(*sys.argv[1:])
"""
MORE_SLOTS = f"""
import sys
from rhapsode.jobs.dbos_runner import DbosRunner
from {runner_child.__name__} import RUNNERS, main
RUNNERS["dbos"] = lambda root: DbosRunner(root / "jobs.sqlite3", slots=5)
main(*sys.argv[1:])
"""
STOPPING = f"""
import sys
import time
from pathlib import Path
from {runner_child.__name__} import WORKSPACE, FileSteps, Shape, dbos_runner
root, name = Path(sys.argv[1]), sys.argv[2]
steps = FileSteps(root, {{name: Shape((2,), slice_s=60, waiting="render 0")}})
runner = dbos_runner(root)
runner.start(steps, [(WORKSPACE, name)])
while len(steps.calls(name)) < 4:
    time.sleep(0.02)
runner.stop()
"""


@pytest.mark.slow
@pytest.mark.parametrize("before", [OTHER_VERSION, MORE_SLOTS])
def test_what_was_left_in_another_order_begins_anew(before: str, tmp_path: Path) -> None:
    """Nobody could go on with the steps of another version, or of a machine with other processors."""
    steps = FileSteps(tmp_path, {ONE: Shape((4, 4))})
    with subprocess.Popen([sys.executable, "-c", before, "dbos", str(tmp_path), ONE], cwd=ROOT) as child:
        wait_until(lambda: len(steps.made(ONE)) >= 3)
        child.kill()
    assert steps.end(ONE) is None

    runner = dbos_runner(tmp_path)
    runner.start(steps, [(WORKSPACE, ONE)])
    wait_until(lambda: steps.end(ONE) is not None)
    runner.stop()
    assert steps.end(ONE) == "succeeded"
    assert steps.calls(ONE).count("list slices") == 2


@pytest.mark.slow
def test_what_was_killed_while_it_stopped_goes_on(tmp_path: Path) -> None:
    """That a slice was dismissed is remembered, and is no end of it in the next process."""
    steps = FileSteps(tmp_path)
    with subprocess.Popen([sys.executable, "-c", STOPPING, str(tmp_path), ONE], cwd=ROOT) as child:
        wait_until(lambda: count_stopped(tmp_path / "jobs.sqlite3") > 0)
        child.kill()
    assert steps.end(ONE) is None

    runner = dbos_runner(tmp_path)
    runner.start(steps, [])
    wait_until(lambda: steps.end(ONE) is not None)
    runner.stop()
    assert steps.end(ONE) == "succeeded"
    assert {"slice 0", "slice 1"} <= steps.made(ONE)


def test_one_connection_writes_and_checkpoints(tmp_path: Path) -> None:
    """Several conversions share it: SQLite before 3.51.3 can damage a database to which two do that at once."""
    opened: list[str] = []

    def note(connection: sqlite3.Connection, _record: object) -> None:
        opened.append(connection.execute("PRAGMA database_list").fetchone()[2])

    names = [ConversionId(f"number {number}") for number in range(4)]
    steps = FileSteps(tmp_path, {name: Shape((3,)) for name in names})
    sa.event.listen(Pool, "connect", note)
    try:
        runner = dbos_runner(tmp_path)
        runner.start(steps, [(WORKSPACE, name) for name in names])
        wait_until(lambda: all(steps.end(name) is not None for name in names))
        runner.stop()
    finally:
        sa.event.remove(Pool, "connect", note)

    assert [steps.end(name) for name in names] == ["succeeded"] * 4
    assert opened == [str(tmp_path / "jobs.sqlite3")]


def count_stopped(database: Path) -> int:
    """Of the steps that DBOS remembers."""
    if not database.exists():
        return 0
    with contextlib.closing(sqlite3.connect(database)) as connection:
        try:
            found = connection.execute("SELECT count(*) FROM operation_outputs WHERE output LIKE '%stopped%'")
            return int(found.fetchone()[0])
        except sqlite3.OperationalError:
            return 0
