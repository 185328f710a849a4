"""What an archive has beside the chapters' audio: exports of each chapter, and of the whole book."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from rhapsode.delivery.files import FilePiece
from rhapsode.delivery.zip_layout import ZipEntry, clean_title
from rhapsode.studio.ids import ChapterSnapshotId

OF_CHAPTERS = frozenset({"srt", "vtt", "json"})
"""The formats that each chapter's audio has a file of beside it; of all others there is one of the whole book."""


@dataclass(frozen=True, slots=True)
class ExtraFile:
    """An export as a file of an archive. crc32: of all its bytes.    list_pieces: where they are.

    modified_at_ms: when it was made.
    """

    extension: str
    size_bytes: int
    crc32: int
    digest: bytes
    modified_at_ms: int
    list_pieces: Callable[[], Sequence[FilePiece]]


ArchivePayload = ChapterSnapshotId | bytes | ExtraFile
"""What an entry of an archive is: a chapter's file, the bytes themselves, or an export."""


@dataclass(frozen=True, slots=True)
class ArchiveExtras:
    """Those of each chapter, by its ordinal from 1, and those of the book."""

    of_chapters: Mapping[int, Sequence[ExtraFile]] = field(default_factory=dict)
    of_book: Sequence[ExtraFile] = ()

    @property
    def modified_at_ms(self) -> int:
        """When the last of them was made; 0 where there is none."""
        extras = chain(self.of_book, *self.of_chapters.values())
        return max((extra.modified_at_ms for extra in extras), default=0)

    def beside(self, ordinal: int, audio_name: str) -> Iterator[ZipEntry[ArchivePayload]]:
        """The entries that stand behind a chapter's audio, and are called as that is."""
        stem = audio_name.rpartition(".")[0]
        for extra in self.of_chapters.get(ordinal, ()):
            yield _entry(f"{stem}.{extra.extension}", extra)

    def at_end(self, title: str, taken: Collection[str]) -> Iterator[ZipEntry[ArchivePayload]]:
        """The entries of the whole book. taken: names that other entries have."""
        for extra in self.of_book:
            name = f"{clean_title(title) or 'book'}.{extra.extension}"
            # A book may be called as one of its chapters is, number and all.
            yield _entry(f"_{name}" if name in taken else name, extra)


NO_EXTRAS = ArchiveExtras()


def _entry(name: str, extra: ExtraFile) -> ZipEntry[ArchivePayload]:
    return ZipEntry(name, extra.size_bytes, extra.crc32, extra)
