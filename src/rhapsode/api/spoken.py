"""A text that is being spoken for a request: who asks for it, and what the headers say of it."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from rhapsode.access.quotas import paid_by
from rhapsode.api.context import Services
from rhapsode.api.speech_listener import Listener
from rhapsode.rendering.speak import IsWanted, Requested, SpeechStream, Withdrawn
from rhapsode.storage.retention import keeps_history
from rhapsode.studio.ids import ApiKeyId, WorkspaceId

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Spoken:
    """A text, when the first of it can be heard."""

    stream: SpeechStream
    listener: Listener

    @property
    def media_type(self) -> str:
        """Of the audio."""
        assert self.stream.output_format is not None
        return self.stream.output_format.media_type

    @property
    def headers(self) -> dict[str, str]:
        """What is said of it before its first byte."""
        # The second is the older name of the first.
        count = str(self.stream.character_count)
        cost = {"character-cost": count, "x-character-count": count}
        item_id = self.stream.history_item_id
        return cost if item_id is None else {"history-item-id": item_id, **cost}


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who asks for a text. key_id: who pays.    keep: whether it is to be in the history, where one is kept."""

    services: Services
    workspace_id: WorkspaceId
    key_id: ApiKeyId | None
    keep: bool

    def speak(self, request: Requested, stream: SpeechStream, is_wanted: IsWanted) -> None:
        """Speak a text. Raises: QuotaExceeded; as `Speaking.speak_aloud` does."""
        records, count = self.services.records, request.character_count
        keep = self.keep and keeps_history(records, self.workspace_id)
        with paid_by(records, self.workspace_id, self.key_id, count):
            self.services.speaking.speak_aloud(
                self.workspace_id, request, stream, keep=keep, is_wanted=is_wanted
            )


def speak_to_the_end(
    speaker: Speaker,
    stream: SpeechStream,
    requested: Callable[[], Requested],
    is_wanted: IsWanted,
    *,
    when_over: Callable[[], None],
) -> None:
    """Find out what is asked for, and speak it; whatever comes of it, the stream says so.

    when_over: called before the stream ends, so that whoever has seen that finds it done.
    """
    try:
        if not is_wanted():
            raise Withdrawn
        speaker.speak(requested(), stream, is_wanted)
    except BaseException as error:
        if stream.has_been_heard:
            # No answer can say it any more.
            _log.error("speech.cut_short", history_item_id=stream.history_item_id, exc_info=error)
        when_over()
        stream.fail(error)
    else:
        when_over()
        stream.finish()
