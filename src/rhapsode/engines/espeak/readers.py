"""Readers: forks of the speaking child that have set a voice and wait for texts in it (only where there is fork).

Setting a voice loads its dictionary, which takes twice as long as the fork itself. A reader never speaks either: each
text is spoken in a fork of it, so the same text in the same voice always gives the same bytes. Every voice has a
reader of its own, for each way of setting it: what was set before is heard.
"""

import contextlib
import os
import signal
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NoReturn

from rhapsode import processes
from rhapsode.engines.espeak.library import LibraryError
from rhapsode.engines.espeak.protocol import (
    Request,
    pack_failed,
    unpack_request,
)
from rhapsode.engines.frames import EndOfStreamError, read_frame, write_frame

_MAX_READERS = 16
_DIED = "espeak-ng's process ended while it spoke"


class Readers:
    """The readers of one speaking child. For a process of one thread.

    set_voice: called in a new reader, with the first request that it will answer.
    answer: called in a fork of it for each; returns the body of the answer's frame.
    inherited: file descriptors of this process that its readers have no use for.
    """

    def __init__(
        self,
        set_voice: Callable[[Request], None],
        answer: Callable[[Request], bytes],
        *,
        inherited: Sequence[int],
    ) -> None:
        self._set_voice = set_voice
        self._answer = answer
        self._inherited = inherited
        self._readers: OrderedDict[Request, _Reader] = OrderedDict()

    def ask(self, body: bytes) -> bytes:
        """Have a request answered in its voice. body: of its frame; returned is that of the answer's."""
        request = unpack_request(body)
        manner = replace(request, text="", wall_ms=0, pronunciations=())
        reader = self._readers.pop(manner, None) or self._start(request)
        try:
            answer = reader.ask(body)
        except (EndOfStreamError, OSError):
            reader.end()
            return pack_failed(_DIED)
        self._readers[manner] = reader
        return answer

    def _start(self, request: Request) -> "_Reader":
        if len(self._readers) >= _MAX_READERS:
            self._readers.popitem(last=False)[1].end()
        # A reader ends when nobody holds the other end of its pipe, so no other reader may.
        others = [number for reader in self._readers.values() for number in reader.descriptors]
        return _Reader(lambda: self._set_voice(request), self._answer, [*self._inherited, *others])


class _Reader:
    """The speaking child's end of one reader."""

    def __init__(
        self, set_voice: Callable[[], None], answer: Callable[[Request], bytes], inherited: Sequence[int]
    ) -> None:
        requests_out, requests_in = os.pipe()
        answers_out, answers_in = os.pipe()
        self._process_id = os.fork()
        if self._process_id == 0:
            for number in (*inherited, requests_in, answers_out):
                os.close(number)
            _read_until_end(set_voice, answer, requests_out, answers_in)
        os.close(requests_out)
        os.close(answers_in)
        self._requests = os.fdopen(requests_in, "wb")
        self._answers = os.fdopen(answers_out, "rb")
        self.descriptors = (requests_in, answers_out)

    def ask(self, body: bytes) -> bytes:
        """Raises: EndOfStreamError, OSError."""
        write_frame(self._requests, body)
        return read_frame(self._answers)

    def end(self) -> None:
        """Kill it, and give back its pipes and its place in the process table."""
        os.kill(self._process_id, signal.SIGKILL)
        os.waitpid(self._process_id, 0)
        self._answers.close()
        # Closing writes what a dead reader has not read.
        with contextlib.suppress(OSError):
            self._requests.close()


def _read_until_end(
    set_voice: Callable[[], None], answer: Callable[[Request], bytes], requests_fd: int, answers_fd: int
) -> NoReturn:
    with (
        contextlib.suppress(BaseException),
        os.fdopen(requests_fd, "rb") as requests,
        os.fdopen(answers_fd, "wb") as answers,
    ):
        refusal = _refusal_of(set_voice)
        while True:
            request = unpack_request(read_frame(requests))
            write_frame(answers, refusal or _answer_from_fork(answer, request))
    os._exit(0)


def _refusal_of(set_voice: Callable[[], None]) -> bytes | None:
    """What every text is answered when there is no such voice."""
    try:
        set_voice()
    except LibraryError as error:
        return pack_failed(str(error))
    return None


def _answer_from_fork(answer: Callable[[Request], bytes], request: Request) -> bytes:
    # The fork keeps the pipe of the answers open: when a reader is killed, nobody hears of its end, and asks for
    # another text, before the fork has ended too, which may still write samples where the next answer's go.
    try:
        return processes.bytes_from_fork(lambda: answer(request), wall_s=request.wall_ms / 1000)
    except processes.ChildTookTooLong:
        return pack_failed(f"espeak-ng took longer than {request.wall_ms} ms")
    except processes.ChildDied:
        return pack_failed(_DIED)
