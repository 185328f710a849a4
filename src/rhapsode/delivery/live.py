"""The audio of a conversion that runs, as its segments come to exist: listened to while the rest is made."""

from collections.abc import Iterator, Sequence
from itertools import takewhile

from rhapsode.audio.head import open_head
from rhapsode.delivery.files import FilePiece, iterate_file
from rhapsode.rendering.listening import Listened, Listener, find_made, list_segment_keys
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.conversions import ConversionChapter
from rhapsode.storage.records import Records
from rhapsode.storage.segments import StoredSegment
from rhapsode.studio.ids import WorkspaceId

_SEGMENTS_AT_ONCE = 16
"""Looked up at a time: some minutes of sound, in which nothing that was found can be cleaned away."""


def iterate_live(
    records: Records, blobs: Blobs, workspace_id: WorkspaceId, listened: Listened, listener: Listener
) -> Iterator[bytes | None]:
    """The chapters' segments in checked blocks, in order; None wherever what comes next doesn't exist yet.

    After None the next block may be asked for at once, or better when there is news (storage.news).
    MP3 comes without an Info frame, and WAV with a head that says no length: nobody knows it yet. Otherwise the sound
    is that of the files that the conversion will leave. From a block on, MP3 has an Info frame that says no length
    either: browsers take LAME's delay away for it, and so words are heard at their times.
    Raises: ConversionFailed, when the conversion ends without a chapter; BlockNotFound; DataDamaged.
    """
    stream = _Stream(records, blobs, workspace_id, listened, listener)
    for chapter in listened.chapters:
        yield from stream.iterate_chapter(chapter)


class _Stream:
    """What is the same for all chapters; `_head` is what is sent with the first segment."""

    def __init__(
        self,
        records: Records,
        blobs: Blobs,
        workspace_id: WorkspaceId,
        listened: Listened,
        listener: Listener,
    ) -> None:
        self._records = records
        self._blobs = blobs
        self._workspace_id = workspace_id
        self._listened = listened
        self._listener = listener
        # Not before there is something to hear: until then an error is a response of its own.
        is_mp3 = listened.encoding.bitrate_kbps is not None
        is_bare = is_mp3 and listened.from_block_id is None
        self._head = [] if is_bare else [_literal(open_head(listened.encoding))]

    def iterate_chapter(self, chapter: ConversionChapter) -> Iterator[bytes | None]:
        with self._records.read(self._workspace_id) as tx:
            keys = list_segment_keys(tx, self._listened, chapter)
        is_last = chapter == self._listened.chapters[-1]
        place = 0
        while place < len(keys):
            made = self._find_made(chapter, keys[place : place + _SEGMENTS_AT_ONCE])
            if made:
                place += len(made)
                ends = is_last and place == len(keys)
                yield from iterate_file(self._blobs, self._pieces(made, ends=ends))
                self._listener.gets(sum(segment.frame_count or 0 for segment in made))
            else:
                self._listener.misses(chapter, keys[place:])
                yield None
        # Whoever has heard all of a conversion that failed meanwhile must not believe that it is whole.
        self._find_made(chapter, ())

    def _find_made(self, chapter: ConversionChapter, keys: Sequence[bytes]) -> list[StoredSegment]:
        """The segments that come next and exist, up to the first that doesn't."""
        with self._records.read(self._workspace_id) as tx:
            made = find_made(tx, self._listened, chapter, keys)
        return [made[key] for key in takewhile(made.__contains__, keys)]

    def _pieces(self, made: Sequence[StoredSegment], *, ends: bool) -> list[FilePiece]:
        head, self._head = self._head, []
        cut_bytes = self._listened.encoding.end_cut_bytes if ends else 0
        *before, last = (segment.location for segment in made)
        pieces = [FilePiece(location.size_bytes, location=location) for location in before]
        return [*head, *pieces, FilePiece(last.size_bytes - cut_bytes, location=last)]


def _literal(content: bytes) -> FilePiece:
    return FilePiece(len(content), content)
