"""Large files from other servers, which go on where they were broken off: by a network, by a server or by a kill.

What has come of a file lies in a folder of its own until the voice that it is for is installed. Beside it is noted
which version of the file it is of, in the server's words, so that halves of two versions are never joined.
"""

import contextlib
import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NoReturn

from rhapsode.storage.files import make_directories, translate_full_storage, write_all
from rhapsode.studio.errors import FetchFailed, FetchRefused
from rhapsode.studio.limits import DOWNLOAD_SILENCE_S, DOWNLOAD_WALL_S, MAX_VOICE_FILE_BYTES

if TYPE_CHECKING:
    from rhapsode.net.fetcher import Fetcher, Streamed

_WAITS_S = (1.0, 2.0, 5.0, 10.0, 20.0)
"""Before each further attempt of those that bring nothing new."""

_MAX_WAIT_S = 60.0
_ABANDONED_S = 30 * 24 * 3600
_LATER = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses that may be others a moment later."""

OnBytes = Callable[[int], None]
"""Is told how many bytes of a file are there, again and again; what it raises ends the download, which keeps them."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of another server. checksum: (algorithm of hashlib, digest in hex), where somebody has told it.

    is_optional: it may be missing.    max_bytes: of one whose size nobody has told.
    """

    url: str
    size_bytes: int | None = None
    checksum: tuple[str, str] | None = None
    is_optional: bool = False
    max_bytes: int = MAX_VOICE_FILE_BYTES


class _Interrupted(Exception):
    """It was broken off, and another attempt may help. wait_s: what the server asks for."""

    def __init__(self, message: str, wait_s: float = 0.0) -> None:
        super().__init__(message)
        self.wait_s = wait_s


class Downloads:
    """Fetches files into a folder, one at a time. folder: made when needed.    waits_s: before further attempts."""

    def __init__(
        self,
        fetcher: "Fetcher",
        folder: Path,
        *,
        waits_s: Sequence[float] = _WAITS_S,
        silence_s: float = DOWNLOAD_SILENCE_S,
    ) -> None:
        self._fetcher = fetcher
        self._folder = folder
        self._waits_s = waits_s
        self._silence_s = silence_s

    def fetch(self, file: RemoteFile, on_bytes: OnBytes) -> Path | None:
        """A file, whole and with its checksum; None for an optional one that isn't there. Takes as long as it takes.

        Raises: FetchRefused; FetchFailed; StorageFull; what `on_bytes` raises. What has come is kept.
        """
        part = self._part(file)
        while self._complete(file, part, on_bytes):
            problem = _problem(file, part.path)
            if problem is None:
                return part.path
            # Halves of two versions may be joined where a server doesn't say which one it sends.
            is_joined = part.is_joined
            part.forget()
            if not is_joined:
                raise FetchFailed(problem)
        return None

    def missing_bytes(self, file: RemoteFile) -> int:
        """How much of a file isn't there, as far as its size is known."""
        return max(0, (file.size_bytes or 0) - self._part(file).size_bytes())

    def forget(self, file: RemoteFile) -> None:
        """Remove what has come of a file."""
        self._part(file).forget()

    def forget_abandoned(self) -> None:
        """Remove what nobody has gone on with for a month."""
        before_s = time.time() - _ABANDONED_S
        for path in self._folder.iterdir() if self._folder.is_dir() else ():
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < before_s:
                    path.unlink()

    @property
    def folder(self) -> Path:
        """Where they lie, which exists."""
        with translate_full_storage():
            make_directories(self._folder)
        return self._folder

    def _part(self, file: RemoteFile) -> "_Part":
        return _Part(self.folder / hashlib.sha256(file.url.encode()).hexdigest()[:32])

    def _complete(self, file: RemoteFile, part: "_Part", on_bytes: OnBytes) -> bool:
        """Let all of a file come, in as many attempts as it takes; False where it isn't there."""
        waits = iter(self._waits_s)
        while True:
            before_bytes = part.size_bytes()
            try:
                return self._go_on(file, part, on_bytes)
            except (_Interrupted, FetchFailed) as error:
                if part.size_bytes() > before_bytes:
                    waits = iter(self._waits_s)
                wait_s = next(waits, None)
                if wait_s is None:
                    raise FetchFailed(str(error)) from error
                told_s = error.wait_s if isinstance(error, _Interrupted) else 0.0
                time.sleep(max(wait_s, min(told_s, _MAX_WAIT_S)))

    def _go_on(self, file: RemoteFile, part: "_Part", on_bytes: OnBytes) -> bool:
        """One attempt. Raises: _Interrupted and FetchFailed, where another may help; FetchRefused."""
        have_bytes, version = part.size_bytes(), part.version()
        if have_bytes and have_bytes == file.size_bytes:
            return True
        asked = {"Accept": "*/*", "Accept-Encoding": "identity"}
        if have_bytes and (version or file.checksum):
            asked |= {"Range": f"bytes={have_bytes}-"} | ({"If-Range": version} if version else {})
        with self._fetcher.stream(
            file.url, asked, silence_s=self._silence_s, wall_s=DOWNLOAD_WALL_S
        ) as answer:
            if answer.status in (404, 410) and file.is_optional:
                return False
            start = _start_of(file, part, answer)
            _check_size(file, answer, start)
            part.begin(start, answer)
            self._write(file, part, answer, start, on_bytes)
        return True

    @staticmethod
    def _write(file: RemoteFile, part: "_Part", answer: "Streamed", start: int, on_bytes: OnBytes) -> None:
        limit_bytes = file.size_bytes or file.max_bytes
        # Nothing of it is in this process alone, which may be killed.
        mode: Literal["r+b", "wb"] = "r+b" if start else "wb"
        with translate_full_storage(), part.path.open(mode, buffering=0) as target:
            target.seek(start)
            size_bytes = start
            on_bytes(size_bytes)
            for chunk in answer.chunks:
                size_bytes += len(chunk)
                if size_bytes > limit_bytes:
                    part.forget()
                    _say_too_long(file, limit_bytes)
                write_all(target, chunk)
                on_bytes(size_bytes)
        expected_bytes = file.size_bytes or _whole_size(answer, start)
        if expected_bytes is not None and size_bytes < expected_bytes:
            msg = f"{file.url} broke off after {size_bytes:,} of {expected_bytes:,} bytes."
            raise _Interrupted(msg)


class _Part:
    """What has come of one file, and beside it which version that is of."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.is_joined = False
        self._note = path.with_suffix(".json")

    def size_bytes(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def version(self) -> str | None:
        """What the server calls the version; None where it says nothing that can be relied on."""
        try:
            said = json.loads(self._note.read_bytes())
            return str(said["version"]) if said["version"] else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def begin(self, start: int, answer: "Streamed") -> None:
        """Before bytes of an answer are written from `start` on."""
        self.is_joined = start > 0
        if start == 0:
            tag = answer.headers.get("etag", "")
            # A weak one stands for bytes that may differ.
            version = answer.headers.get("last-modified") if not tag or tag.startswith("W/") else tag
            with translate_full_storage():
                self.path.unlink(missing_ok=True)
                self._note.write_text(json.dumps({"version": version}), "utf-8")

    def forget(self) -> None:
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)


def _start_of(file: RemoteFile, part: _Part, answer: "Streamed") -> int:
    """From which byte on an answer has the file. Raises: FetchRefused; _Interrupted."""
    status, have_bytes = answer.status, part.size_bytes()
    if status == 200:
        if answer.headers.get("content-encoding", "identity") != "identity":
            msg = f"{file.url} came in an encoding that wasn't asked for."
            raise FetchRefused(msg)
        return 0
    if status == 206 and answer.headers.get("content-range", "").startswith(f"bytes {have_bytes}-"):
        return have_bytes
    msg = f"{file.url} was answered with status {status}."
    if status in (206, 416):
        # What has come is no beginning of what is there now.
        part.forget()
        raise _Interrupted(msg)
    if status in _LATER:
        raise _Interrupted(msg, _retry_after_s(answer))
    raise FetchRefused(msg)


def _check_size(file: RemoteFile, answer: "Streamed", start: int) -> None:
    told_bytes = _whole_size(answer, start)
    if None not in (told_bytes, file.size_bytes) and told_bytes != file.size_bytes:
        msg = f"{file.url} has {told_bytes:,} bytes, and the list of voices says {file.size_bytes:,}."
        raise FetchRefused(msg)


def _say_too_long(file: RemoteFile, limit_bytes: int) -> NoReturn:
    if file.size_bytes is None:
        msg = f"{file.url} is longer than the {limit_bytes:,} bytes that it may have."
        raise FetchRefused(msg)
    msg = f"{file.url} is longer than the {limit_bytes:,} bytes that it should have."
    raise _Interrupted(msg)


def _whole_size(answer: "Streamed", start: int) -> int | None:
    """The size of the whole file in bytes, as an answer tells it."""
    told = answer.headers.get("content-length", "")
    return start + int(told) if told.isascii() and told.isdigit() else None


def _retry_after_s(answer: "Streamed") -> float:
    told = answer.headers.get("retry-after", "")
    return float(told) if told.isascii() and told.isdigit() else 0.0


def _problem(file: RemoteFile, path: Path) -> str | None:
    """Why a file that has come isn't the one that was wanted."""
    if file.checksum is None:
        return None
    algorithm, expected = file.checksum
    with path.open("rb") as content:
        found = hashlib.file_digest(content, algorithm).hexdigest()
    return (
        None if found == expected else f"{file.url} isn't what the list of voices says: its checksum differs."
    )
