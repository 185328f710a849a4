"""What makes the content of projects that takes long: fetched, imported, or written.

A client waits some seconds for it. What takes longer becomes a row, which is committed before the client is answered
and outlives the process; the work that has begun goes on.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import structlog

from rhapsode.authoring.lanes import Lane
from rhapsode.storage import creations, projects
from rhapsode.storage.membership import Part, WholePart
from rhapsode.storage.records import Records
from rhapsode.studio.errors import (
    ObjectStoreFailed,
    ProjectNotFound,
    RecordsUnavailable,
    RhapsodeError,
    StorageFull,
)
from rhapsode.studio.ids import ApiKeyId, ProjectId, WorkspaceId

MadeT = TypeVar("MadeT")
NoteProgress = Callable[[float], None]
"""Told how far a creation is, 0 to 1."""

PODCAST = "podcast"
"""The kind of projects whose script is written here."""

_log = structlog.get_logger()
_SWEEP_S = 10.0
_UNEXPECTED = "The server failed to make the project's content; its log says why."


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made. request: as NewCreation.request.    read_document: the bytes that were sent, if any."""

    request: Mapping[str, Any]
    read_document: Callable[[], bytes] = bytes


@dataclass(frozen=True, slots=True)
class CreationKind(Generic[MadeT]):
    """One way to make content. Both functions may be called again for the same project, after a kill.

    make: takes long, and changes no records. What it raises is told to the client, as a RhapsodeError is.
    keep: puts what was made into the project, whole; (workspace, project, request, made).
    thread_count: how many are made at once.
    """

    make: Callable[[Order, NoteProgress], MadeT]
    keep: Callable[[WorkspaceId, ProjectId, Mapping[str, Any], MadeT], None]
    thread_count: int = 2


@dataclass(slots=True)
class Making(Generic[MadeT]):
    """Content that is being made. project: whose it will be, once its client has stopped waiting."""

    kind: str
    future: "Future[MadeT]"
    project: tuple[WorkspaceId, ProjectId] | None = None


class Creations:
    """Makes the content of projects, of one installation.

    kinds: by the name that rows have.
    convert: asks for a conversion of a project that is made; (workspace, project, key that pays).
    part: of each project, one process makes the content.
    """

    def __init__(
        self,
        records: Records,
        kinds: Mapping[str, CreationKind[Any]],
        *,
        convert: Callable[[WorkspaceId, ProjectId, ApiKeyId | None], object],
        part: Part | None = None,
    ) -> None:
        self._records = records
        self._part = part or WholePart()
        self._kinds = kinds
        self._convert = convert
        self._lanes = {name: Lane(name, kind.thread_count) for name, kind in kinds.items()}
        self._making: dict[ProjectId, Making[Any]] = {}
        # Held while a row comes, so that nobody begins what has begun.
        self._lock = threading.RLock()
        # Held while something is written, so that a server ends behind it.
        self._keeping = threading.Lock()
        self._stopping = False
        self._woken = threading.Event()
        self._thread = threading.Thread(target=self._run, name="creations", daemon=True)

    def start(self) -> None:
        """Go on with all that is unfinished."""
        self._thread.start()

    def wake(self) -> None:
        """Look now: a row was written (storage.creations.begin_creation)."""
        self._woken.set()

    def stop(self) -> None:
        """Begin and write nothing more: what is being made is made again at the next start. Safe to call twice."""
        with self._keeping:
            self._stopping = True
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join()

    def make(self, kind: str, order: Order) -> Making[Any]:
        """Begin to make something for a client that waits for its future."""
        making: Making[Any] = Making(kind, Future())
        self._submit(making, order)
        return making

    def _submit(self, making: Making[Any], order: Order) -> None:
        make = self._kinds[making.kind].make

        def work() -> Any:
            # What waited for a thread until the end isn't begun any more: the records are being closed.
            if self._stopping:
                raise CancelledError
            return make(order, lambda progress: self._note(making, progress))

        making.future = self._lanes[making.kind].submit(work)

    def leave(self, making: Making[Any], begin: Callable[[], tuple[WorkspaceId, ProjectId]]) -> ProjectId:
        """Wait no longer: what is made goes into a project by itself. begin: writes the creation's row.

        What has not begun will be made of what the row says. Raises: what `begin` raises; then nothing is kept.
        """
        with self._lock:
            workspace_id, project_id = begin()
            if making.future.cancel():
                self._woken.set()
            elif self._part.may(_work(project_id)):
                # Otherwise another process has found the row in this very moment.
                making.project = workspace_id, project_id
                self._keep_later(making, workspace_id, project_id)
        return project_id

    def _keep_later(self, making: Making[Any], workspace_id: WorkspaceId, project_id: ProjectId) -> None:
        self._making[project_id] = making
        making.future.add_done_callback(lambda _: self._end(making, workspace_id, project_id))

    def _note(self, making: Making[Any], progress: float) -> None:
        if making.project is None:
            return
        workspace_id, project_id = making.project
        with self._keeping:
            if not self._stopping:
                with self._records.write(workspace_id) as tx:
                    creations.note_progress(tx, project_id, progress)

    # Rows

    def _run(self) -> None:
        while not self._stopping:
            try:
                self._sweep()
            except Exception as error:
                trace = None if isinstance(error, RhapsodeError) else error
                _log.error("creations.failed", error=str(error), exc_info=trace)
            self._woken.wait(_SWEEP_S)
            # Behind the wait and before the look at `_stopping`, so that no call of `stop` is forgotten here.
            self._woken.clear()

    def _sweep(self) -> None:
        with self._lock:
            for workspace_id, project_id in creations.list_unfinished_creations(self._records):
                if project_id not in self._making and self._part.may(_work(project_id)):
                    self._begin(workspace_id, project_id)

    def _begin(self, workspace_id: WorkspaceId, project_id: ProjectId) -> None:
        with self._records.read(workspace_id) as tx:
            creation = creations.find_creation(tx, project_id)
            request = creations.find_request(tx, project_id)
        if creation is not None and request is not None and creation.kind in self._kinds:
            making: Making[Any] = Making(creation.kind, Future(), (workspace_id, project_id))
            self._submit(making, Order(request, lambda: self._read_document(workspace_id, project_id)))
            self._keep_later(making, workspace_id, project_id)

    def _read_document(self, workspace_id: WorkspaceId, project_id: ProjectId) -> bytes:
        with self._records.read(workspace_id) as tx:
            return creations.find_document(tx, project_id) or b""

    # Endings

    def _end(self, making: Making[Any], workspace_id: WorkspaceId, project_id: ProjectId) -> None:
        try:
            with self._keeping, self._told(workspace_id, project_id):
                if not self._stopping:
                    self._keep(making, workspace_id, project_id)
        finally:
            with self._lock:
                # What was begun for the project in this very moment stays.
                if self._making.get(project_id) is making:
                    del self._making[project_id]
                    with contextlib.suppress(RhapsodeError):
                        self._part.done(_work(project_id))

    def _keep(self, making: Making[Any], workspace_id: WorkspaceId, project_id: ProjectId) -> None:
        made = making.future.result()
        request = self._find_request(workspace_id, project_id)
        if request is None:
            return
        self._kinds[making.kind].keep(workspace_id, project_id, request, made)
        # Again where a conversion is asked for meanwhile.
        while (request := self._find_request(workspace_id, project_id)) is not None:
            if request.get("auto_convert"):
                self._convert(workspace_id, project_id, request.get("key_id"))
            with self._records.write(workspace_id) as tx:
                creations.finish_creation(tx, project_id, request)

    def _find_request(self, workspace_id: WorkspaceId, project_id: ProjectId) -> dict[str, Any] | None:
        """What is asked for, as long as that isn't made. Raises: ProjectNotFound."""
        with self._records.read(workspace_id) as tx:
            projects.get_project(tx, project_id)
            return creations.find_request(tx, project_id)

    @contextlib.contextmanager
    def _told(self, workspace_id: WorkspaceId, project_id: ProjectId) -> Iterator[None]:
        """Let an error become the project's, but where there is no project, or only no room or way for the moment."""
        try:
            yield
        except ProjectNotFound:
            return
        except (StorageFull, RecordsUnavailable, ObjectStoreFailed) as error:
            _log.warning("creation.postponed", project_id=project_id, error=str(error))
        except RhapsodeError as error:
            self._fail(workspace_id, project_id, str(error) or (type(error).__doc__ or ""))
        except Exception as error:
            _log.error("creation.crashed", project_id=project_id, exc_info=error)
            self._fail(workspace_id, project_id, _UNEXPECTED)

    def _fail(self, workspace_id: WorkspaceId, project_id: ProjectId, message: str) -> None:
        try:
            with self._records.write(workspace_id) as tx:
                creations.fail_creation(tx, project_id, message)
        except RhapsodeError as error:
            # The row is still there: the next sweep makes another attempt.
            _log.warning("creation.postponed", project_id=project_id, error=str(error))


def _work(project_id: ProjectId) -> str:
    """What the making of a project is called among processes."""
    return f"creation/{project_id}"
