"""The adapter's end of the speaking child: starts it, asks it, ends it."""

from rhapsode.engines.espeak.protocol import Failed, Request, Spoken, pack_request, unpack_answer
from rhapsode.engines.espeak.samples_file import SamplesFile
from rhapsode.engines.frames import EndOfStreamError
from rhapsode.engines.piped_child import ChildGoneError, PipedChild

_SERVER = "rhapsode.engines.espeak.server"
# The child enforces the request's own limit; this is for a child that has itself stopped.
_GRACE_S = 5.0


class SpeakingChild:
    """One running child process. After any error it is of no more use and must be ended."""

    def __init__(self, *, once: bool) -> None:
        self._samples = None if once else SamplesFile.create()
        self._begun: Request | None = None
        shared = [] if self._samples is None else [self._samples.descriptor]
        manner = ["--once"] if self._samples is None else ["--samples", str(self._samples.descriptor)]
        try:
            self._process = PipedChild(_SERVER, *manner, descriptors=shared)
        except ChildGoneError:
            self._close_samples()
            raise

    @property
    def process_id(self) -> int:
        """The operating system's number for the child."""
        return self._process.process_id

    def begin(self, request: Request) -> None:
        """Send one request, which the child answers while the caller does something else.

        What was begun before and not asked for is waited for, and forgotten.
        Raises: ChildGoneError, ChildStuckError.
        """
        if self._begun is not None:
            self._answer()
        self._process.send(pack_request(request), wall_s=_wall_s(request))
        self._begun = request

    def ask(self, request: Request) -> Spoken | Failed:
        """Wait for the answer to a request, which is sent unless it was begun. Raises: as `begin` does."""
        if self._begun != request:
            self.begin(request)
        return self._answer()

    def _answer(self) -> Spoken | Failed:
        """What the child says to the request that was begun."""
        request, self._begun = self._begun, None
        assert request is not None
        body = self._process.receive(wall_s=_wall_s(request))
        try:
            return unpack_answer(body, self._read_samples)
        except (EndOfStreamError, OSError) as error:
            raise ChildGoneError from error

    def _read_samples(self, size_bytes: int) -> bytes:
        content = b"" if self._samples is None else self._samples.read(size_bytes)
        if len(content) < size_bytes:
            raise EndOfStreamError
        return content

    def end(self) -> None:
        """Kill the child, which keeps nothing, and give back all that it had."""
        self._process.end()
        self._close_samples()

    def _close_samples(self) -> None:
        if self._samples is not None:
            self._samples.close()


def _wall_s(request: Request) -> float:
    return request.wall_ms / 1000 + _GRACE_S
