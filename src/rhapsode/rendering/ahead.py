"""What a process will most likely speak next, which engines are told of that begin with it meanwhile."""

from collections.abc import Callable, Iterable

from rhapsode.engines.registry import get_engine
from rhapsode.rendering.draft import SpeechRequest
from rhapsode.studio.errors import UnknownVoice

Prepare = Callable[[SpeechRequest], None]
"""Tells its engine of a request (aloud.prepare)."""


class Ahead:
    """The new speech of a job, in order.

    An engine that prepares one text is told of the next when it has spoken one: it has one process to speak with. One
    that prepares several, on another machine, is told of all that it can work on at once before it is asked for the
    first of them.
    """

    def __init__(self, requests: Iterable[SpeechRequest], prepare: Prepare) -> None:
        self._requests = tuple({request.speech_key: request for request in requests}.values())
        self._places = {request.speech_key: place for place, request in enumerate(self._requests)}
        self._prepare = prepare
        self._told = 0
        self._spoken: set[bytes] = set()
        self._is_ending = False

    def begin(self, request: SpeechRequest) -> None:
        """Tell of a request that is about to be spoken, and of those after it, where the engine takes several."""
        self._spoken.add(request.speech_key)
        count = _count(request)
        if count < 2 or self._is_ending:
            return
        place = self._places[request.speech_key]
        for each in self._requests[max(place, self._told) : place + count]:
            self._prepare(each)
        self._told = max(self._told, min(place + count, len(self._requests)))

    def after(self, request: SpeechRequest) -> SpeechRequest | None:
        """What an engine that takes one is told of, once a request is spoken."""
        place = self._places[request.speech_key] + 1
        return self._requests[place] if _count(request) == 1 and place < len(self._requests) else None

    def end(self) -> None:
        """Tell of nothing more."""
        self._is_ending = True

    def owes(self, request: SpeechRequest) -> bool:
        """Whether an engine of several was told of a request that wasn't taken yet: somebody may pay for it."""
        return (
            request.speech_key not in self._spoken
            and self._places.get(request.speech_key, self._told) < self._told
            and _count(request) > 1
        )


def _count(request: SpeechRequest) -> int:
    try:
        return get_engine(request.engine).traits.prepares
    except UnknownVoice:
        return 0
