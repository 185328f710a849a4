"""The engine's end of the child: starts it when there is something to say, asks it, starts it again, ends it."""

import contextlib
import weakref
from collections import OrderedDict, deque
from collections.abc import Iterator

from rhapsode import processes
from rhapsode.engines.frames import EndOfStreamError
from rhapsode.engines.neural.messages import NeuralAnswer, NeuralRequest, pack_request, unpack_answer
from rhapsode.engines.neural.settings import NeuralSettings
from rhapsode.engines.piped_child import ChildGoneError, ChildStuckError, PipedChild
from rhapsode.studio.errors import EngineFailed
from rhapsode.studio.limits import SPEECH_WALL_S

PREPARES = 1
"""So many texts a child may be told of ahead: one is enough to keep it busy."""

_SERVER = "rhapsode.engines.neural.server"
# One process on a core with one thread each says more than threads do, and numpy's would take memory for nothing.
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
# Official builds of onnxruntime tell their maker of each model that they run, unless this is set before their start.
_TELL_NOBODY = {"ORT_DISABLE_TELEMETRY": "1"}


class NeuralSpeaker:
    """The child of one engine, whose name people know; started at the first request, and whenever it has ended.

    wall_s: seconds one text may take, the loading of its voice included; after that the child is killed.
    """

    def __init__(
        self, engine: str, backend: str, settings: NeuralSettings, *, wall_s: float = SPEECH_WALL_S
    ) -> None:
        self._engine = engine
        self._arguments = (backend, settings.device, str(settings.idle_s))
        self._wall_s = wall_s
        self._child: PipedChild | None = None
        self._ending: weakref.finalize[[], NeuralSpeaker] | None = None
        # Sent and not yet answered, in order; and answered without having been asked for.
        self._sent: deque[NeuralRequest] = deque()
        self._kept: OrderedDict[NeuralRequest, bytes] = OrderedDict()

    @property
    def process_id(self) -> int | None:
        """The child's number, while there is one."""
        return self._child.process_id if self._child else None

    def begin(self, request: NeuralRequest) -> None:
        """Let the child begin with a request, unless it has others to answer; what goes wrong is told by `ask`."""
        if len(self._sent) >= PREPARES or request in self._kept:
            return
        with contextlib.suppress(ChildGoneError):
            self._send(request)

    def ask(self, request: NeuralRequest) -> NeuralAnswer:
        """Wait for the answer to a request, which is sent unless it was begun.

        Raises: what the child tells; EngineFailed, when it didn't answer in time, or ended twice.
        """
        try:
            return self._ask(request)
        except ChildStuckError as error:
            msg = f"The process of the engine {self._engine} did not answer in {self._wall_s:g} s"
            raise EngineFailed(msg) from error
        except ChildGoneError:
            # It may have been killed since the last text, which says nothing about this one.
            return self._ask_again(request)

    def _ask_again(self, request: NeuralRequest) -> NeuralAnswer:
        try:
            return self._ask(request)
        except ChildGoneError as error:
            msg = f"The process of the engine {self._engine} ended without an answer, twice"
            raise EngineFailed(msg) from error

    def _ask(self, request: NeuralRequest) -> NeuralAnswer:
        body = self._kept.pop(request, None)
        if body is None:
            if request not in self._sent:
                self._send(request)
            body = self._receive(request)
        try:
            return unpack_answer(body)
        except EndOfStreamError as error:
            self.close()
            raise ChildGoneError from error

    def _send(self, request: NeuralRequest) -> None:
        with self._whole():
            self._running_child().send(pack_request(request), wall_s=self._wall_s)
            self._sent.append(request)

    def _receive(self, request: NeuralRequest) -> bytes:
        """The answer to what was sent; answers that come before it are kept for whoever may still ask."""
        assert self._child is not None
        while True:
            with self._whole():
                body = self._child.receive(wall_s=self._wall_s)
                answered = self._sent.popleft()
            if answered == request:
                return body
            self._kept[answered] = body
            while len(self._kept) > PREPARES:
                self._kept.popitem(last=False)

    @contextlib.contextmanager
    def _whole(self) -> Iterator[None]:
        """End the child after anything that breaks off between two frames, Ctrl-C too: it would answer one behind."""
        try:
            yield
        except BaseException:
            self.close()
            raise

    def _running_child(self) -> PipedChild:
        if self._child is not None and self._child.has_ended:
            # It had nothing to do for a while.
            self.close()
        if self._child is None:
            # Ctrl-C in between would leave a child that nobody knows.
            with processes.deaf_to_interrupts():
                child = PipedChild(_SERVER, *self._arguments, environment=_ONE_THREAD | _TELL_NOBODY)
                self._child = child
                # Also when the engine is forgotten without `close`, and when the interpreter ends.
                self._ending = weakref.finalize(self, child.end)
        return self._child

    def close(self) -> None:
        """End the child. A later request starts another."""
        if self._ending is not None:
            self._ending()
        self._child = self._ending = None
        self._sent.clear()
        self._kept.clear()
