"""A text while it is spoken: one thread makes it, others read what is there already."""

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from rhapsode.audio.output_formats import OutputFormat, get_output_format
from rhapsode.audio.stream_encoders import open_stream_head, stream_head
from rhapsode.rendering.render_jobs import PartNotice
from rhapsode.rendering.script import ScriptPart
from rhapsode.rendering.streamed_part import StreamedPart, are_same
from rhapsode.storage.packs import SpeechMeta
from rhapsode.storage.segments import StoredSegment
from rhapsode.storage.spool import Spool
from rhapsode.studio.errors import DataDamaged, EngineFailed
from rhapsode.studio.ids import HistoryItemId


class SpeechStream:
    """Parts of one text, as they are made. Thread-safe.

    The maker calls `begin`, `attempt` and `add`, and then `finish` or `fail`; it never waits for a reader. A reader
    asks with `find_part`, again whenever it is called (`when_changed`). The last part is there when all is finished:
    whoever has seen the end of the audio finds what was kept of it.

    directory: for the bytes, which are on the disk until nobody has any of the parts.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = threading.Lock()
        self._call: Callable[[], None] = _nobody
        self._script: Sequence[ScriptPart] = ()
        self._parts: list[StreamedPart] = []
        self._made: list[StreamedPart] = []
        self._speech: dict[bytes, SpeechMeta] = {}
        self._is_finished = False
        self._error: BaseException | None = None
        self.character_count = 0
        self.output_format: OutputFormat | None = None
        self.history_item_id: HistoryItemId | None = None

    # For the maker

    def begin(
        self,
        script: Sequence[ScriptPart],
        output_format: str,
        *,
        character_count: int,
        history_item_id: HistoryItemId | None = None,
    ) -> None:
        """Say what will be made.

        character_count: that are paid for.    history_item_id: under which it will be kept.
        """
        self._script = script
        self.character_count = character_count
        self.output_format = get_output_format(output_format)
        self.history_item_id = history_item_id

    @property
    def has_been_heard(self) -> bool:
        """Whether a part may have been sent, which no other attempt can take back."""
        with self._lock:
            return bool(self._parts) and not self.is_whole

    def attempt(self, spoken: Mapping[bytes, StoredSegment]) -> Path:
        """Begin from the first part, perhaps again; the name of a new spool.

        spoken: speech that exists already, by its key. Raises: DataDamaged; StorageFull.
        """
        speech = {key: _meta(segment) for key, segment in spoken.items()}
        spool = Spool(self._directory)
        with self._lock:
            self._spool, self._end, self._made, self._speech = spool, 0, [], speech
            if self.is_whole:
                self._parts = []
        return spool.path

    def add(self, notice: PartNotice) -> None:
        """Note that the next part is in the spool.

        Raises: EngineFailed, when another one was there before in its place, which somebody may have heard.
        """
        offset, ordinal = self._end, len(self._made)
        self._end += notice.audio_bytes + notice.alignment_bytes
        written = self._script[ordinal]
        key = written.speech_key
        if key is not None and notice.sample_rate_hz:
            alignment = self._spool.read(offset + notice.audio_bytes, notice.alignment_bytes)
            self._speech[key] = SpeechMeta(notice.sample_rate_hz, notice.sample_count, alignment)
        part = StreamedPart(
            written,
            self._spool,
            offset,
            notice.audio_bytes,
            start_frame=self._made[-1].end_frame if self._made else 0,
            frame_count=notice.frame_count,
            speech=None if key is None else self._speech[key],
            is_last=ordinal == len(self._script) - 1,
        )
        self._made.append(part)
        self._publish(part)

    def _publish(self, part: StreamedPart) -> None:
        ordinal = len(self._made) - 1
        if ordinal < len(self._parts):
            if not are_same(part, self._parts[ordinal]):
                msg = "The engine spoke a text in another way when it had to begin again."
                raise EngineFailed(msg)
            return
        with self._lock:
            self._parts.append(part)
        self._call()

    def finish(self) -> None:
        """All is made, and kept where it is to be."""
        with self._lock:
            self._is_finished = True
        self._call()

    def fail(self, error: BaseException) -> None:
        """It will never be finished."""
        with self._lock:
            self._error = error
        self._call()

    # For readers

    def when_changed(self, call: Callable[[], None]) -> None:
        """Have something called in the maker's thread whenever there is more, or an end."""
        self._call = call

    @property
    def is_whole(self) -> bool:
        """Whether it is sent as a whole: it has a single part, or it is WAV, whose head says how long it is."""
        return len(self._script) == 1 or (
            self.output_format is not None and self.output_format.codec == "wav"
        )

    @property
    def is_ready(self) -> bool:
        """Whether an answer may begin. Raises: what it failed with."""
        return self._is_over() if self.is_whole else self.find_part(0) is not None

    def _is_over(self) -> bool:
        with self._lock:
            if self._error is not None:
                raise self._error
            return self._is_finished

    @property
    def part_count(self) -> int:
        """Parts that there will be."""
        return len(self._script)

    def find_part(self, ordinal: int) -> StreamedPart | None:
        """A part, counted from 0, if it may be sent by now. Raises: what the text failed with."""
        with self._lock:
            if self._error is not None:
                raise self._error
            may_be_sent = self._is_finished or ordinal < len(self._script) - 1
            return self._parts[ordinal] if may_be_sent and ordinal < len(self._parts) else None

    @property
    def head(self) -> bytes:
        """What stands before the first part: of the whole file where it is sent as one."""
        assert self.output_format is not None
        if not self.is_whole:
            return open_stream_head(self.output_format)
        return stream_head(
            self.output_format,
            frame_count=self._parts[-1].end_frame,
            stream_bytes=sum(part.size_bytes for part in self._parts),
        )

    @property
    def size_bytes(self) -> int | None:
        """Bytes of all of it, where it is sent as a whole."""
        return len(self.head) + sum(part.size_bytes for part in self._parts) if self.is_whole else None


def _nobody() -> None:
    """Nobody reads."""


def _meta(segment: StoredSegment) -> SpeechMeta:
    if segment.sample_rate_hz is None or segment.sample_count is None or segment.alignment is None:
        msg = f"The record of speech {segment.key.hex()} says too little."
        raise DataDamaged(msg)
    return SpeechMeta(segment.sample_rate_hz, segment.sample_count, segment.alignment)
