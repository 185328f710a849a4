"""What takes long is made once, in the end, whatever becomes of the process meanwhile."""

import threading
import weakref
from collections.abc import Iterator, Mapping
from concurrent.futures import CancelledError
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.factories import TONE_LOW, WORKSPACE, Studio, open_studio
from tests.waiting import wait_until

from rhapsode.authoring.creations import CreationKind, Creations, NoteProgress, Order
from rhapsode.authoring.lanes import Lane
from rhapsode.authoring.projects import ProjectWishes, create_project, delete_project
from rhapsode.storage import creations as queries
from rhapsode.storage.creations import Creation, NewCreation
from rhapsode.studio.errors import DocumentRefused, EngineFailed, StorageFull, TextRefused
from rhapsode.studio.ids import ApiKeyId, ProjectId, WorkspaceId

_LIMIT_S = 10


class Echo:
    """A kind of creation that makes what it is asked for, when its gate is open.

    kept: what was put into which project.    errors: raised instead of making, one after the other.
    """

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.began = threading.Event()
        self.gate.set()
        self.made_count = 0
        self.kept: list[tuple[ProjectId, str]] = []
        self.errors: list[Exception] = []

    def make(self, order: Order, note_progress: NoteProgress) -> str:
        self.began.set()
        assert self.gate.wait(_LIMIT_S)
        note_progress(0.5)
        self.made_count += 1
        if self.errors:
            raise self.errors.pop(0)
        return f"{order.request['text']}{order.read_document().decode()}"

    def keep(self, _: WorkspaceId, project_id: ProjectId, request: Mapping[str, Any], made: str) -> None:
        assert made.startswith(request["text"])
        self.kept.append((project_id, made))


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path) as studio:
        yield studio


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
def converted() -> list[ProjectId]:
    """What was asked to be converted."""
    return []


def service(studio: Studio, echo: Echo, converted: list[ProjectId]) -> Creations:
    kinds = {"echo": CreationKind(echo.make, echo.keep)}
    return Creations(studio.records, kinds, convert=lambda _, project_id, __: converted.append(project_id))


@pytest.fixture
def creations(studio: Studio, echo: Echo, converted: list[ProjectId]) -> Iterator[Creations]:
    running = service(studio, echo, converted)
    running.start()
    yield running
    echo.gate.set()
    running.stop()


def begin(studio: Studio, *, text: str = "Rain", document: bytes | None = None, **more: bool) -> ProjectId:
    """Write the row of a creation."""
    return create_project(
        studio.records,
        studio.blobs,
        WORKSPACE,
        ProjectWishes("Tides", TONE_LOW),
        creation=NewCreation("echo", {"text": text, **more}, document),
    )


def find(studio: Studio, project_id: ProjectId) -> Creation:
    with studio.records.read(WORKSPACE) as tx:
        found = queries.find_creation(tx, project_id)
    assert found is not None
    return found


def ended(studio: Studio, project_id: ProjectId) -> Creation:
    wait_until(lambda: find(studio, project_id).status != "creating")
    return find(studio, project_id)


def test_a_row_is_made(studio: Studio, echo: Echo, creations: Creations) -> None:
    """Of what it asks for and the document beside it, which is then dropped."""
    project_id = begin(studio, document=b" fell")
    creations.wake()
    assert ended(studio, project_id) == Creation(project_id, "echo", "finished", 1.0, None)
    assert echo.kept == [(project_id, "Rain fell")]
    with studio.records.read(WORKSPACE) as tx:
        assert queries.find_document(tx, project_id) is None
        assert not queries.is_creating(tx, project_id)


def test_what_a_dead_process_left_is_made_at_the_next_start(
    studio: Studio, echo: Echo, converted: list[ProjectId]
) -> None:
    """Nobody has to wake it, and what the dead one had in hand is kept by the next alone."""
    dead = service(studio, echo, converted)
    dead.start()
    echo.gate.clear()
    project_id = begin(studio, document=b" fell")
    dead.wake()
    assert echo.began.wait(_LIMIT_S)
    dead.stop()
    echo.gate.set()
    assert find(studio, project_id).status == "creating"

    alive = service(studio, echo, converted)
    alive.start()
    try:
        assert ended(studio, project_id).status == "finished"
    finally:
        alive.stop()
    assert echo.kept == [(project_id, "Rain fell")]


def test_nothing_is_begun_or_noted_after_the_end(
    studio: Studio, echo: Echo, converted: list[ProjectId]
) -> None:
    """The records are being closed: what is under way says nothing more, and what waits is left to the next start."""
    ending = service(studio, echo, converted)
    ending.start()
    echo.gate.clear()
    making = [ending.make("echo", Order({"text": "Rain"})) for _ in range(3)]
    project_id = begin(studio)
    ending.leave(making[0], lambda: (WORKSPACE, project_id))
    assert echo.began.wait(_LIMIT_S)
    ending.stop()
    echo.gate.set()

    wait_until(lambda: all(one.future.done() for one in making))
    assert echo.made_count == 2
    assert isinstance(making[2].future.exception(), CancelledError)
    assert find(studio, project_id).progress == 0.0


def test_progress_is_told(studio: Studio, echo: Echo, creations: Creations) -> None:
    """Of what has a row, while it is made."""
    release, noted = threading.Event(), threading.Event()

    def make(_: Order, note_progress: NoteProgress) -> str:
        note_progress(0.25)
        noted.set()
        assert release.wait(_LIMIT_S)
        return "Rain"

    slow = Creations(studio.records, {"echo": CreationKind(make, echo.keep)}, convert=lambda *_: None)
    project_id = begin(studio)
    slow.start()
    try:
        assert noted.wait(_LIMIT_S)
        assert find(studio, project_id).progress == 0.25
    finally:
        release.set()
        wait_until(lambda: find(studio, project_id).status == "finished")
        slow.stop()


def test_a_client_that_waits_needs_no_row(studio: Studio, echo: Echo, creations: Creations) -> None:
    """It is given what was made, and nothing is written."""
    making = creations.make("echo", Order({"text": "Rain"}, lambda: b" fell"))
    assert making.future.result(_LIMIT_S) == "Rain fell"
    assert echo.kept == []


def test_a_client_that_leaves_gets_what_has_begun(studio: Studio, echo: Echo, creations: Creations) -> None:
    """It isn't made a second time, however often the rows are looked through."""
    echo.gate.clear()
    making = creations.make("echo", Order({"text": "Rain"}))
    assert echo.began.wait(_LIMIT_S)
    project_id = creations.leave(making, lambda: (WORKSPACE, begin(studio)))
    creations.wake()
    echo.gate.set()
    assert ended(studio, project_id).status == "finished"
    assert (echo.kept, echo.made_count) == ([(project_id, "Rain")], 1)


def test_a_client_that_leaves_in_the_last_moment(studio: Studio, echo: Echo, creations: Creations) -> None:
    """What is made already is kept at once."""
    making = creations.make("echo", Order({"text": "Rain"}))
    making.future.result(_LIMIT_S)
    project_id = creations.leave(making, lambda: (WORKSPACE, begin(studio)))
    assert find(studio, project_id).status == "finished"
    assert echo.made_count == 1


def test_what_has_not_begun_is_made_of_its_row(studio: Studio, echo: Echo, creations: Creations) -> None:
    """The row has the document, so whoever sent it may go."""
    echo.gate.clear()
    for _ in range(2):
        creations.make("echo", Order({"text": "x"}))
    waiting = creations.make("echo", Order({"text": "never"}))
    project_id = creations.leave(waiting, lambda: (WORKSPACE, begin(studio, document=b" fell")))
    echo.gate.set()
    assert ended(studio, project_id).status == "finished"
    assert echo.kept == [(project_id, "Rain fell")]


def test_conversions_wait_for_the_content(
    studio: Studio, echo: Echo, creations: Creations, converted: list[ProjectId]
) -> None:
    """Asked for with the content or while it is made, and only then."""
    echo.gate.clear()
    first, second, third = begin(studio, auto_convert=True), begin(studio), begin(studio)
    creations.wake()
    with studio.records.write(WORKSPACE) as tx:
        assert queries.ask_for_conversion(tx, second)
        assert not queries.ask_for_conversion(tx, ProjectId("nothing"))
    assert converted == []
    echo.gate.set()
    for project_id in (first, second, third):
        ended(studio, project_id)
    assert sorted(converted) == [first, second]
    with studio.records.write(WORKSPACE) as tx:
        assert not queries.ask_for_conversion(tx, third)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (DocumentRefused("It is a picture."), "It is a picture."),
        (TextRefused(), "The engine can't speak this text."),
        (EngineFailed("It died."), "It died."),
        (ZeroDivisionError("secret"), "The server failed to make the project's content; its log says why."),
    ],
)
def test_a_failure_is_the_project_s(
    studio: Studio, echo: Echo, creations: Creations, error: Exception, told: str
) -> None:
    """In a sentence; what nobody expected is told in the log alone."""
    echo.errors = [error]
    project_id = begin(studio)
    creations.wake()
    creation = ended(studio, project_id)
    assert (creation.status, creation.error) == ("failed", told)
    assert echo.kept == []


def test_a_full_disk_is_waited_for(studio: Studio, echo: Echo, creations: Creations) -> None:
    """Nothing is lost: as soon as there is room, it is made."""
    echo.errors = [StorageFull()]
    project_id = begin(studio)
    creations.wake()
    wait_until(lambda: echo.made_count == 1)
    assert find(studio, project_id).status == "creating"

    def is_finished() -> bool:
        creations.wake()
        return find(studio, project_id).status == "finished"

    wait_until(is_finished)


def test_a_deleted_project_is_left_alone(studio: Studio, echo: Echo, creations: Creations) -> None:
    """Before its content is begun, and also after that."""
    echo.gate.clear()
    begun = begin(studio)
    creations.wake()
    assert echo.began.wait(_LIMIT_S)
    delete_project(studio.records, WORKSPACE, begun)
    waiting = begin(studio)
    delete_project(studio.records, WORKSPACE, waiting)
    echo.gate.set()
    ended(studio, _made(studio, creations))
    assert begun not in [project_id for project_id, _ in echo.kept]
    assert echo.made_count == 2


def _made(studio: Studio, creations: Creations) -> ProjectId:
    project_id = begin(studio)
    creations.wake()
    return project_id


def test_an_unknown_kind_waits(studio: Studio, creations: Creations) -> None:
    """A later version, which wrote it, may come back."""
    wishes = ProjectWishes("Tides", TONE_LOW)
    unknown = NewCreation("opera", {})
    project_id = create_project(studio.records, studio.blobs, WORKSPACE, wishes, creation=unknown)
    ended(studio, _made(studio, creations))
    assert find(studio, project_id).status == "creating"


def test_a_lane_has_so_many_threads() -> None:
    """What comes after waits, and can be cancelled; an error stays with its work."""
    lane, gate, began = Lane("test", 2), threading.Event(), threading.Semaphore(0)

    def work() -> int:
        began.release()
        assert gate.wait(_LIMIT_S)
        return 1

    running = [lane.submit(work) for _ in range(2)]
    waiting, failing = lane.submit(work), lane.submit(lambda: 1 // 0)
    for _ in running:
        assert began.acquire(timeout=_LIMIT_S)
    assert not began.acquire(blocking=False)
    assert waiting.cancel()
    gate.set()
    assert [future.result(_LIMIT_S) for future in running] == [1, 1]
    with pytest.raises(ZeroDivisionError):
        failing.result(_LIMIT_S)


def test_who_asked_pays_for_the_conversion(studio: Studio, echo: Echo) -> None:
    """The key of the creation, or of whoever has asked for a conversion meanwhile; also after a restart."""
    keys: dict[ProjectId, ApiKeyId | None] = {}
    asked = NewCreation("echo", {"text": "Rain", "auto_convert": True}, key_id=ApiKeyId("hers"))
    wishes = ProjectWishes("Tides", TONE_LOW)
    hers = create_project(studio.records, studio.blobs, WORKSPACE, wishes, creation=asked)
    his, nobodys = begin(studio), begin(studio, auto_convert=True)
    with studio.records.write(WORKSPACE) as tx:
        queries.ask_for_conversion(tx, his, ApiKeyId("his"))
    restarted = Creations(
        studio.records,
        {"echo": CreationKind(echo.make, echo.keep)},
        convert=lambda _, project_id, key_id: keys.update({project_id: key_id}),
    )
    restarted.start()
    wait_until(lambda: all(find(studio, p).status == "finished" for p in (hers, his, nobodys)))
    restarted.stop()
    assert keys == {hers: "hers", his: "his", nobodys: None}


def test_what_is_cancelled_holds_nothing() -> None:
    """It stays in the queue, and the document that it was to be made of doesn't."""
    lane, gate = Lane("cancelled", 1), threading.Event()
    under_way = lane.submit(lambda: gate.wait(_LIMIT_S))
    document = Echo()
    is_there = weakref.ref(document)
    waits = lane.submit(partial(document.make, Order({"text": ""}), lambda _: None))
    del document

    assert is_there() is not None
    assert waits.cancel()
    assert is_there() is None
    gate.set()
    assert under_way.result(_LIMIT_S)
