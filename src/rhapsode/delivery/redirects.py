"""Whole files for which clients are sent to the object store, so that their bytes don't pass through the server.

The first client of a file gets it as ever, and it is put into the store meanwhile: read by the same plan, each block
checked. Whoever asks later is told an address there that is signed for an hour.
"""

import contextlib
import queue
import threading
from dataclasses import dataclass
from pathlib import Path

import structlog

from rhapsode.delivery.blocks import gathered
from rhapsode.delivery.download import Download
from rhapsode.storage import whole_files
from rhapsode.storage.blobs import AddressedBlobs
from rhapsode.storage.files import translate_full_storage
from rhapsode.storage.keys import digest
from rhapsode.storage.records import Records
from rhapsode.storage.uses import note_use
from rhapsode.studio.errors import RhapsodeError
from rhapsode.studio.ids import WorkspaceId, new_id

_log = structlog.get_logger()

MIN_REDIRECTED_BYTES = 2**22
"""A smaller file is sent sooner than a client has asked a second server for it."""

_VALID_S = 3600
_MAX_WAITING = 16
_STOP_WAIT_S = 5.0


@dataclass(frozen=True, slots=True)
class Sent:
    """A file with what is said of it to whoever gets it. disposition: the value of Content-Disposition."""

    download: Download
    media_type: str
    disposition: str

    @property
    def digest(self) -> bytes:
        """Of all that decides what a client of the store gets."""
        return digest("whole-file/1", self.download.digest, self.media_type, self.disposition)


@dataclass(frozen=True, slots=True)
class _Wish:
    workspace_id: WorkspaceId
    sent: Sent


class Redirects:
    """Knows which files the store has, and puts others there, one at a time in a thread of its own."""

    def __init__(self, records: Records, blobs: AddressedBlobs) -> None:
        self._records = records
        self._blobs = blobs
        self._waiting: queue.SimpleQueue[_Wish | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._wished: set[bytes] = set()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="redirects", daemon=True)

    def start(self) -> None:
        """Begin, once."""
        self._thread.start()

    def stop(self) -> None:
        """Put no more, and wait some seconds for what is being put: it is begun anew when it is asked for."""
        self._stopping.set()
        self._waiting.put(None)
        self._thread.join(_STOP_WAIT_S)

    def find_address(self, workspace_id: WorkspaceId, sent: Sent) -> str | None:
        """Where a client is sent for a file; None where it has to be sent the file itself, this time at least."""
        if sent.download.size_bytes < MIN_REDIRECTED_BYTES:
            return None
        key = sent.digest
        with self._records.read(workspace_id) as tx:
            is_put, is_due = whole_files.is_put(tx, key), whole_files.is_due_for_touch(tx, key)
        if not is_put:
            self._wish(_Wish(workspace_id, sent))
            return None
        if is_due:
            note_use(self._records, workspace_id, lambda tx: whole_files.touch_file(tx, key))
        try:
            return self._blobs.address_of(whole_files.file_key(key), valid_s=_VALID_S)
        except OSError as error:
            _log.warning("redirect.not_signed", error=str(error))
            return None

    def _wish(self, wish: _Wish) -> None:
        """Have a file put, once. Where many wait already, it has to be asked for again."""
        with self._lock:
            if wish.sent.digest not in self._wished and len(self._wished) < _MAX_WAITING:
                self._waiting.put(wish)
                self._wished.add(wish.sent.digest)

    def _run(self) -> None:
        while (wish := self._waiting.get()) is not None and not self._stopping.is_set():
            try:
                self._put(wish)
            except (RhapsodeError, OSError) as error:
                _log.warning("redirect.not_put", key=whole_files.file_key(wish.sent.digest), error=str(error))
            except Exception:
                # All files after it are put by this thread too.
                _log.exception("redirect.crashed", key=whole_files.file_key(wish.sent.digest))
            finally:
                with self._lock:
                    self._wished.discard(wish.sent.digest)

    def _put(self, wish: _Wish) -> None:
        sent, key = wish.sent, wish.sent.digest
        with self._records.write(wish.workspace_id) as tx:
            whole_files.begin_file(tx, key, size_bytes=sent.download.size_bytes)
        source = self._blobs.temporary_directory() / f"{new_id()}.file"
        try:
            if not self._write(sent.download, source):
                return
            self._blobs.put_file(
                whole_files.file_key(key), source, media_type=sent.media_type, disposition=sent.disposition
            )
        finally:
            source.unlink(missing_ok=True)
        if not self._stopping.is_set():
            with self._records.write(wish.workspace_id) as tx:
                whole_files.end_file(tx, key)

    def _write(self, download: Download, target: Path) -> bool:
        """All checked bytes into a local file; False where the server ends meanwhile."""
        with translate_full_storage(), target.open("xb") as file:
            with contextlib.closing(gathered(download.read(0, download.size_bytes))) as blocks:
                for block in blocks:
                    if self._stopping.is_set():
                        return False
                    file.write(block)
            return True
