"""Writing packs."""

import hashlib
import io
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from rhapsode.storage.blobs import Blobs
from rhapsode.storage.files import translate_full_storage, write_all
from rhapsode.storage.pack_format import (
    HEADER,
    PackEntry,
    block_crcs_of,
    footer_bytes,
    index_bytes,
    pack_key,
)
from rhapsode.storage.packed import META_TYPES, ClosedPack, SegmentKind, SegmentMeta
from rhapsode.studio.errors import DataDamaged
from rhapsode.studio.ids import WorkspaceId, new_id
from rhapsode.studio.limits import MAX_PACK_BYTES, MAX_PACK_OPEN_S

_FILES_AT_ONCE = 4


@dataclass(slots=True)
class _OpenPack:
    path: Path
    file: io.FileIO
    opened_at_s: float
    size_bytes: int = 0
    is_finished: bool = False
    entries: dict[bytes, PackEntry] = field(default_factory=dict)
    hasher: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def write(self, content: bytes) -> None:
        with translate_full_storage():
            write_all(self.file, content)
        self.hasher.update(content)
        self.size_bytes += len(content)


class PackWriter:
    """Writes one pack after the other. Not thread-safe: one thread uses one writer.

    A file is opened by the first `append` and finished by `close`; then the writer begins anew. After an
    error the open pack is gone, and what was appended to it must be appended again. A kill leaves a file in
    the temporary directory that nobody reads.
    """

    def __init__(
        self,
        temporary_directory: Path,
        workspace_id: WorkspaceId,
        kind: SegmentKind,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._temporary_directory = temporary_directory
        self._workspace_id = workspace_id
        self._kind = kind
        self._clock = clock
        self._pack: _OpenPack | None = None

    @property
    def size_bytes(self) -> int:
        """Bytes written to the open pack; 0 when none is open."""
        return 0 if self._pack is None else self._pack.size_bytes

    @property
    def age_s(self) -> float:
        """Seconds since the open pack's first segment; 0 when none is open."""
        return 0.0 if self._pack is None else self._clock() - self._pack.opened_at_s

    @property
    def is_due(self) -> bool:
        """Whether the open pack has reached a limit and should be closed now."""
        return self.size_bytes >= MAX_PACK_BYTES or self.age_s >= MAX_PACK_OPEN_S

    def append(self, key: bytes, content: bytes, meta: SegmentMeta) -> None:
        """Write a segment behind the others; a key that the open pack holds already is left as it is.

        Nothing is durable yet. Raises: StorageFull; TypeError when `meta` is of another kind than the pack.
        """
        if not isinstance(meta, META_TYPES[self._kind]):
            msg = f"a pack of {self._kind} can't hold a segment with {type(meta).__name__}"
            raise TypeError(msg)
        try:
            pack = self._pack or self._open()
            if key not in pack.entries:
                entry = PackEntry(key, pack.size_bytes, len(content), block_crcs_of(content), meta)
                pack.write(content)
                pack.entries[key] = entry
        except BaseException:
            self.abandon()
            raise

    def _open(self) -> _OpenPack:
        path = self._temporary_directory / f"{new_id()}.pack"
        with translate_full_storage():
            self._pack = _OpenPack(path, path.open("xb", buffering=0), self._clock())
        self._pack.write(HEADER)
        return self._pack

    def close(self, blobs: Blobs, *, again: bool = False) -> ClosedPack | None:
        """Finish the open pack: durable once this returns. None when nothing was appended.

        again: whether it takes the place of a damaged pack of its name, if there is one.
        `temporary_directory` must be that of `blobs`. Raises: StorageFull; DataDamaged when somebody else has
        written to the file.
        """
        self.finish()
        pack = self._pack
        if pack is None:
            return None
        try:
            closed = self._closed(pack)
            put = blobs.put_again if again else blobs.put
            put(pack_key(closed.pack_id), pack.path)
        except BaseException:
            self.abandon()
            raise
        self._pack = None
        return closed

    def finish(self) -> None:
        """Write the open pack to its end and bring it to the disk, where it has no name yet; `close` comes next.

        Raises: as `close` does.
        """
        pack = self._pack
        if pack is None or pack.is_finished:
            return
        try:
            self._write_index(pack)
            if os.fstat(pack.file.fileno()).st_size != pack.size_bytes:
                msg = f"{pack.path} has another size than was written."
                raise DataDamaged(msg)
            with translate_full_storage():
                os.fsync(pack.file.fileno())
            pack.file.close()
        except BaseException:
            self.abandon()
            raise
        pack.is_finished = True

    def _write_index(self, pack: _OpenPack) -> None:
        offset = pack.size_bytes
        index = index_bytes(self._workspace_id, self._kind, list(pack.entries.values()))
        pack.write(index + footer_bytes(index=index, index_offset=offset, segment_count=len(pack.entries)))

    def _closed(self, pack: _OpenPack) -> ClosedPack:
        pack_id = pack.hasher.hexdigest()
        segments = tuple(entry.in_pack(pack_id, self._kind) for entry in pack.entries.values())
        return ClosedPack(pack_id, self._workspace_id, self._kind, pack.size_bytes, segments)

    def abandon(self) -> None:
        """Drop the open pack, if there is one."""
        pack, self._pack = self._pack, None
        if pack is not None:
            pack.file.close()
            pack.path.unlink(missing_ok=True)


def close_packs(writers: Sequence[PackWriter], blobs: Blobs) -> list[ClosedPack]:
    """Finish the open packs of some writers at once: several files are on the disk nearly as soon as one.

    They get their names in this order, so that what leans on an earlier one is never there without it: audio whose
    speech was lost by a kill would be taken for made, and its alignment never be known.
    Raises: as `PackWriter.close` does; then some may have their names.
    """
    with ThreadPoolExecutor(_FILES_AT_ONCE) as threads:
        list(threads.map(PackWriter.finish, writers))
    return [closed for writer in writers if (closed := writer.close(blobs)) is not None]
