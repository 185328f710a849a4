"""A text that was spoken for a request: its audio as pieces, its alignment, and what the headers say of it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rhapsode.api.context import Services
from rhapsode.audio.output_formats import OutputFormat, get_output_format
from rhapsode.delivery.alignments import without_gaps
from rhapsode.delivery.files import FilePiece, iterate_file
from rhapsode.delivery.history import item_file, iterate_item_alignment
from rhapsode.rendering.speak import SpeakRequest
from rhapsode.storage.blobs import Blobs
from rhapsode.studio.alignment import AlignedText
from rhapsode.studio.ids import HistoryItemId, WorkspaceId


@dataclass(frozen=True, slots=True)
class Spoken:
    """A text as it was spoken, kept or not.

    history_item_id: None when nothing is kept.    head: the bytes before the first part.
    parts, alignment: one of each for each part of the text, in order.
    """

    blobs: Blobs
    output_format: OutputFormat
    history_item_id: HistoryItemId | None
    character_count: int
    head: FilePiece
    parts: Sequence[FilePiece]
    alignment: Iterable[AlignedText]

    @property
    def size_bytes(self) -> int:
        """Bytes of the whole audio."""
        return self.head.size_bytes + sum(part.size_bytes for part in self.parts)

    @property
    def headers(self) -> dict[str, str]:
        """What is said of it before its first byte."""
        cost = {"character-cost": str(self.character_count)}
        return cost if self.history_item_id is None else {"history-item-id": self.history_item_id, **cost}

    def iterate_audio(self) -> Iterator[bytes]:
        """All bytes in checked blocks. Raises: DataDamaged."""
        return iterate_file(self.blobs, [self.head, *self.parts])

    def iterate_parts(self) -> Iterator[tuple[Iterator[bytes], AlignedText]]:
        """The bytes of each part and where its text is heard; the head is at the beginning of the first part's."""
        before = [self.head]
        for part, aligned in zip(self.parts, without_gaps(self.alignment), strict=True):
            yield iterate_file(self.blobs, [*before, part]), aligned
            before = []


def speak(services: Services, workspace_id: WorkspaceId, request: SpeakRequest, *, keep: bool) -> Spoken:
    """Speak a text, and keep it or don't. Raises: as `Speaking.speak` does."""
    if keep:
        return _kept(services, workspace_id, request)
    unkept = services.speaking.speak_unkept(workspace_id, request)
    head, *parts = (FilePiece(len(content), content) for content in (unkept.head, *unkept.parts))
    return Spoken(
        blobs=services.blobs,
        output_format=get_output_format(request.output_format),
        history_item_id=None,
        character_count=len(request.text),
        head=head,
        parts=parts,
        alignment=unkept.alignment,
    )


def _kept(services: Services, workspace_id: WorkspaceId, request: SpeakRequest) -> Spoken:
    item = services.speaking.speak(workspace_id, request)
    item_id = item.history_item_id
    head, *parts = item_file(services.records, workspace_id, item_id, item.output_format)
    return Spoken(
        blobs=services.blobs,
        output_format=get_output_format(item.output_format),
        history_item_id=item_id,
        character_count=item.character_count,
        head=head,
        parts=parts,
        alignment=iterate_item_alignment(services.records, workspace_id, item_id),
    )
