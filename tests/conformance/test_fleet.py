"""What the runner of a fleet does beside the contract of runners: several members, which die, stop and change."""

import contextlib
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NoReturn

import pytest
from tests.conformance import fleet_child
from tests.conformance.fleet_child import SignedSteps
from tests.conformance.fleet_databases import put_database
from tests.conformance.fleet_members import Members, fleet_member
from tests.conformance.runner_child import WORKSPACE, FileSteps, Shape
from tests.conftest import ROOT
from tests.factories import make_document, make_document_chapter, open_studio
from tests.postgres import PostgresServer
from tests.rounds import rounds
from tests.waiting import wait_until

from rhapsode.engines.tone import ToneEngine
from rhapsode.jobs.conversions import ConversionRunner, ConversionSteps
from rhapsode.storage import states
from rhapsode.studio.errors import (
    EngineUnavailable,
    ObjectStoreFailed,
    RecordsUnavailable,
    StorageFull,
    TextRefused,
)
from rhapsode.studio.ids import ConversionId, WorkspaceId

pytestmark = pytest.mark.slow

WAIT_S = 60
HERE, THERE = "here", "there"


@pytest.fixture
def root(postgres: PostgresServer, tmp_path: Path) -> Path:
    """A folder with a database of its own."""
    put_database(tmp_path, postgres)
    return tmp_path


@contextlib.contextmanager
def running(
    runner: ConversionRunner, steps: ConversionSteps, *conversion_ids: str
) -> Iterator[ConversionRunner]:
    """A runner in this process, with conversions that wait."""
    runner.start(steps, [(WORKSPACE, ConversionId(each)) for each in conversion_ids])
    try:
        yield runner
    finally:
        runner.stop()


@contextlib.contextmanager
def member(root: Path, executor_id: str, *engines: str) -> Iterator[subprocess.Popen[bytes]]:
    """A member in a process of its own, which is killed at the end."""
    command = [sys.executable, "-m", fleet_child.__name__, str(root), executor_id, *engines]
    with subprocess.Popen(command, cwd=ROOT) as child:
        try:
            yield child
        finally:
            child.kill()


def wait_for(steps: FileSteps, conversion_id: str) -> str:
    """Wait until a conversion has ended; how."""
    wait_until(lambda: steps.end(conversion_id) is not None)
    return str(steps.end(conversion_id))


def test_slices_go_where_their_engines_are(root: Path) -> None:
    """Of one conversion to several members, each made once."""
    steps = SignedSteps(root, HERE)
    with member(root, THERE, "espeak"), running(fleet_member(root, HERE, ["tone"]), steps, "apart"):
        assert wait_for(steps, "apart") == "succeeded"
    assert sorted(steps.signed("apart")) == [(n, THERE if n % 2 else HERE) for n in range(10)]


def test_what_a_dead_member_had_goes_on_elsewhere(root: Path) -> None:
    """Stopped until it is taken for dead, or killed. One that wakes up harms nothing, and is a member again."""
    steps, members = SignedSteps(root, HERE), Members(root)
    with (
        member(root, THERE, "tone", "espeak", "piper") as there,
        running(fleet_member(root, HERE, ["tone", "espeak"]), steps) as runner,
    ):
        wait_until(lambda: members.is_ready(THERE))
        runner.submit(WORKSPACE, ConversionId("both"))
        wait_until(lambda: steps.signed("both"))
        there.send_signal(signal.SIGSTOP)
        members.silence(THERE)
        assert wait_for(steps, "both") == "succeeded"
        members.hear(THERE)
        there.send_signal(signal.SIGCONT)
        runner.submit(WORKSPACE, ConversionId("piper"))
        assert wait_for(steps, "piper") == "succeeded"

        runner.submit(WORKSPACE, ConversionId("last"))
        wait_until(lambda: steps.signed("last"))
        there.kill()
        there.wait()  # until then its process is there
        assert wait_for(steps, "last") == "succeeded"
    for conversion_id in ("both", "last"):
        assert steps.calls(conversion_id).count("finish") == 1
        assert len(steps.made(conversion_id)) == 12


def test_an_engine_that_no_member_has_is_waited_for(root: Path) -> None:
    """Then the conversion fails, and says which; what other engines speak is made meanwhile."""
    steps = FileSteps(root, {"both": Shape((2,), engines=("tone", "kokoro"))})
    with running(fleet_member(root, HERE, ["tone"], patience_s=1.0), steps, "both"):
        ended = wait_for(steps, "both")
    assert ended.startswith(
        "failed: No machine that is running has the engine kokoro. It was waited for 1 s."
    )
    assert steps.made("both") == {"slice 0"}


class AwaySteps(FileSteps):
    """An engine, the store and records that are away for some attempts, and a disk that is full at first."""

    left_engine, left_store, left_records = 2, 1, 2

    def __init__(self, root: Path, shapes: Mapping[str, Shape]) -> None:
        super().__init__(root, shapes)
        self.asked_for_room_s: list[float] = []

    def render_slice(
        self, workspace_id: WorkspaceId, conversion_id: ConversionId, ordinal: int, *, waits: bool = True
    ) -> None:
        """See ConversionSteps."""
        assert not waits
        if ordinal == 1 and self.left_engine:
            self.left_engine -= 1
            msg = "The server that speaks can't be reached."
            raise EngineUnavailable(msg)
        if ordinal == 2 and self.left_store:
            self.left_store -= 1
            msg = "The object store can't be used."
            raise ObjectStoreFailed(msg)
        if conversion_id == "room":
            self.asked_for_room_s.append(time.monotonic())
            if len(self.asked_for_room_s) == 1:
                msg = "There is no space left."
                raise StorageFull(msg)
        super().render_slice(workspace_id, conversion_id, ordinal, waits=waits)

    def finish(self, workspace_id: WorkspaceId, conversion_id: ConversionId) -> None:
        """See ConversionSteps."""
        if self.left_records:
            self.left_records -= 1
            msg = "The database can't be reached."
            raise RecordsUnavailable(msg)
        super().finish(workspace_id, conversion_id)


def test_what_is_away_for_a_while_fails_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits for an engine holds no slot, so others go on; a member without room leaves slices to others."""
    monkeypatch.setattr("rhapsode.jobs.fleet.member._REST_S", 1.5)
    steps = AwaySteps(root, {"both": Shape((3,), engines=("tone",)), "room": Shape((1,))})
    with running(fleet_member(root, HERE, ["tone"]), steps, "both") as runner:
        assert wait_for(steps, "both") == "succeeded"
        runner.submit(WORKSPACE, ConversionId("room"))
        assert wait_for(steps, "room") == "succeeded"
        assert runner.find_failure(ConversionId("both")) is None
        assert runner.find_failure(ConversionId("room")) is None
    assert (steps.left_engine, steps.left_store, steps.left_records) == (0, 0, 0)
    full_s, empty_s = steps.asked_for_room_s
    assert empty_s - full_s >= 1.5


def test_a_failure_is_kept_with_its_text(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though the words alone come from the member that made the slice to the one that ends the conversion."""

    def refuse(*_: object, **__: object) -> NoReturn:
        raise TextRefused("Not that.")

    monkeypatch.setattr(ToneEngine, "synthesize", refuse)
    with open_studio(root / "studio") as studio:
        rendering = studio.rendering
        conversion_id = studio.request(make_document(make_document_chapter("It rained."))).conversion_id
        with running(fleet_member(root, HERE, ["tone"]), rendering, conversion_id):
            wait_until(lambda: rendering.get_conversion(WORKSPACE, conversion_id).finished_at_ms)
        with studio.records.read(WORKSPACE) as tx:
            project_id = rendering.get_conversion(WORKSPACE, conversion_id).project_id
            (_, failure) = states.find_last_ends(tx, project_id)[None]
    assert failure is not None
    assert (failure.error, failure.source_key is None) == ("Not that.", False)


def test_another_version_begins_anew_what_nobody_else_understands(root: Path) -> None:
    """When the last member of a version has gone, those of another one take up its conversions."""
    steps = FileSteps(root, {"both": Shape((9,), slice_s=0.3)})
    with running(fleet_member(root, HERE, ["tone"], version="old"), steps, "both"):
        wait_until(lambda: len(steps.made("both")) >= 2)
    assert steps.end("both") is None
    with running(fleet_member(root, "newer", ["tone"], version="new"), steps):
        assert wait_for(steps, "both") == "succeeded"
    assert len(steps.made("both")) == 10


def test_a_database_that_is_killed_again_and_again_fails_nothing(
    postgres: PostgresServer, root: Path
) -> None:
    """Conversions go on when it is back."""
    steps = FileSteps(root, {"both": Shape((6, 6, 6, 6), slice_s=0.3)})
    with running(fleet_member(root, HERE, ["tone"]), steps, "both"):
        for _ in range(rounds(1, 20)):
            made = len(steps.made("both"))
            wait_until(lambda: len(steps.made("both")) > made or steps.end("both"))  # noqa: B023
            postgres.kill()
            time.sleep(1)
            postgres.start()
        assert wait_for(steps, "both") == "succeeded"
    assert len(steps.made("both")) == 28
    assert steps.calls("both").count("finish") == 1


class EndlessSteps(FileSteps):
    """Slices that take until somebody lets them end."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.ending = threading.Event()

    def render_slice(
        self, workspace_id: WorkspaceId, conversion_id: ConversionId, ordinal: int, *, waits: bool = True
    ) -> None:
        """See ConversionSteps."""
        self._append(conversion_id, "calls", "endless")
        self.ending.wait(WAIT_S)


@pytest.fixture
def endless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EndlessSteps]:
    """Steps that no member which stops waits for, until the end of the test."""
    monkeypatch.setattr("rhapsode.jobs.fleet_runner._STOP_WAIT_S", 0.1)
    steps = EndlessSteps(tmp_path)
    yield steps
    steps.ending.set()


def test_a_slice_that_outlasts_the_end_of_its_member_is_made_elsewhere(
    root: Path, endless: EndlessSteps
) -> None:
    """Nobody waits for ever for a member that has stopped waiting for it."""
    with running(fleet_member(root, HERE, ["tone"]), endless, "both"):
        wait_until(lambda: "endless" in endless.calls("both"))
    steps = FileSteps(root)
    with running(fleet_member(root, "newer", ["tone"]), steps):
        assert wait_for(steps, "both") == "succeeded"


def test_a_member_ends_though_the_database_is_away(
    postgres: PostgresServer, root: Path, endless: EndlessSteps
) -> None:
    """Nobody waits for what may never come back; others take up its works, though it has left like everybody."""
    runner = fleet_member(root, HERE, [])
    runner.start(endless, [(WORKSPACE, ConversionId("both"))])
    wait_until(lambda: "endless" in endless.calls("both"))
    postgres.stop()
    try:
        stopping = threading.Thread(target=runner.stop, daemon=True)
        stopping.start()
        stopping.join(WAIT_S)
        assert not stopping.is_alive()
    finally:
        postgres.start()
    Members(root).leave(HERE)
    steps = FileSteps(root)
    with running(fleet_member(root, "newer", []), steps):
        assert wait_for(steps, "both") == "succeeded"
