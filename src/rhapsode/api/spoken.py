"""A text that was spoken for a request: its audio in parts, its alignment, and what the headers say of it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from rhapsode.access.quotas import paid_by
from rhapsode.api.context import Services
from rhapsode.audio.output_formats import OutputFormat, get_output_format
from rhapsode.delivery.alignments import without_gaps
from rhapsode.delivery.files import FilePiece, iterate_file
from rhapsode.delivery.history import item_file, iterate_item_alignment
from rhapsode.rendering.speak import IsWanted, Requested
from rhapsode.storage.blobs import Blobs
from rhapsode.studio.alignment import AlignedText
from rhapsode.studio.ids import ApiKeyId, HistoryItemId, WorkspaceId


class Audio(Protocol):
    """The bytes of a text, to be read once, in either of two ways. Raises: DataDamaged."""

    @property
    def size_bytes(self) -> int:
        """Bytes of all of it."""

    def iterate_audio(self) -> Iterator[bytes]:
        """All bytes in checked blocks."""

    def iterate_parts(self) -> Iterator[Iterator[bytes]]:
        """The bytes of each part of the text; what stands before the first part is at its beginning."""


@dataclass(frozen=True, slots=True)
class _KeptAudio:
    """Audio of an item. head: the bytes before the first part."""

    blobs: Blobs
    head: FilePiece
    parts: Sequence[FilePiece]

    @property
    def size_bytes(self) -> int:
        return self.head.size_bytes + sum(part.size_bytes for part in self.parts)

    def iterate_audio(self) -> Iterator[bytes]:
        return iterate_file(self.blobs, [self.head, *self.parts])

    def iterate_parts(self) -> Iterator[Iterator[bytes]]:
        before = [self.head]
        for part in self.parts:
            yield iterate_file(self.blobs, [*before, part])
            before = []


@dataclass(frozen=True, slots=True)
class Spoken:
    """A text as it was spoken, kept or not.

    history_item_id: None when nothing is kept.    alignment: one for each part of the text, in order.
    spoken_alignment: the same of what was spoken for each part, pauses included (text.pauses).
    """

    output_format: OutputFormat
    history_item_id: HistoryItemId | None
    character_count: int
    audio: Audio
    alignment: Iterable[AlignedText]
    spoken_alignment: Iterable[AlignedText]

    @property
    def headers(self) -> dict[str, str]:
        """What is said of it before its first byte."""
        # The second is the older name of the first.
        count = str(self.character_count)
        cost = {"character-cost": count, "x-character-count": count}
        return cost if self.history_item_id is None else {"history-item-id": self.history_item_id, **cost}

    def iterate_parts(self) -> Iterator[tuple[Iterator[bytes], AlignedText, AlignedText]]:
        """The bytes of each part, see `Audio`, and where its text is heard, as it was sent and as it was spoken."""
        return zip(
            self.audio.iterate_parts(),
            without_gaps(self.alignment),
            without_gaps(self.spoken_alignment),
            strict=True,
        )


def speak(
    services: Services,
    workspace_id: WorkspaceId,
    request: Requested,
    *,
    key_id: ApiKeyId | None,
    keep: bool,
    is_wanted: IsWanted,
) -> Spoken:
    """Speak a text, and keep it or don't. key_id: who pays. Raises: QuotaExceeded; as `Speaking.speak` does."""
    with paid_by(services.records, workspace_id, key_id, request.character_count):
        if keep:
            return _kept(services, workspace_id, request, is_wanted)
        return _unkept(services, workspace_id, request, is_wanted)


def _unkept(services: Services, workspace_id: WorkspaceId, request: Requested, is_wanted: IsWanted) -> Spoken:
    unkept = services.speaking.speak_unkept(workspace_id, request, is_wanted=is_wanted)
    return Spoken(
        output_format=get_output_format(request.output_format),
        history_item_id=None,
        character_count=request.character_count,
        audio=unkept,
        alignment=unkept.alignment,
        spoken_alignment=unkept.spoken_alignment,
    )


def _kept(services: Services, workspace_id: WorkspaceId, request: Requested, is_wanted: IsWanted) -> Spoken:
    item = services.speaking.speak(workspace_id, request, is_wanted=is_wanted)
    item_id = item.history_item_id
    head, *parts = item_file(services.records, workspace_id, item_id, item.output_format)
    return Spoken(
        output_format=get_output_format(item.output_format),
        history_item_id=item_id,
        character_count=item.character_count,
        audio=_KeptAudio(services.blobs, head, parts),
        alignment=iterate_item_alignment(services.records, workspace_id, item_id),
        spoken_alignment=iterate_item_alignment(services.records, workspace_id, item_id, as_spoken=True),
    )
