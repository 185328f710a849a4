"""A large file of a server on another machine, which goes on where it was broken off, also by a kill."""

import contextlib
import hashlib
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import httpx

from rhapsode.cli.batch.wire import Setback, Wire
from rhapsode.cli.continued import AskFrom, NotContinued, Pause, iterate_continued
from rhapsode.cli.output import writing
from rhapsode.storage.files import write_through
from rhapsode.studio.errors import RhapsodeError

_TAG_CHARACTERS = 16
_WAIT_S = 2.0

Show = Callable[[int, int], None]
"""(bytes that have come, bytes in all)."""


def fetch(wire: Wire, path: str, params: Mapping[str, str], target: Path, show: Show) -> None:
    """Write a file; it appears only when it is whole.

    What has come stays beside it, under a name that says of which version it is, when this is broken off. Only an
    archive goes on from there, for it has checksums: after a power failure what had come may not be all there.
    Raises: what Wire.ask raises; RhapsodeError, where what is between here and the server changes it; StorageFull;
    InvalidInput.
    """
    ask = partial(_ask, wire, path, params)
    with writing(target):
        _received(wire, ask, target, show).replace(target)


def _received(wire: Wire, ask: AskFrom, target: Path, show: Show) -> Path:
    """The whole file, under the name that it has until then."""
    try:
        return _receive(wire, ask, target, show)
    except NotContinued:
        # Else each run would find what has come, and end at it.
        _forget(target)
    try:
        return _receive(wire, ask, target, show)
    except NotContinued as error:
        msg = (
            "The download broke off, and something between here and the server sends files only from their "
            "beginning. Let it pass on requests for parts of files (Range)."
        )
        raise RhapsodeError(msg) from error


def _receive(wire: Wire, ask: AskFrom, target: Path, show: Show) -> Path:
    """Raises: NotContinued, and what `fetch` raises."""
    with contextlib.closing(ask({})) as response:
        _check_told(response)
        unfinished = _unfinished(target, response.headers["etag"])
        _forget(target, but=unfinished)
        came_bytes = unfinished.stat().st_size if target.suffix == ".zip" and unfinished.exists() else 0
        _write(unfinished, response, ask, came_bytes, show, wire)
    if came_bytes and not _is_sound(unfinished):
        unfinished.unlink()
        _write(unfinished, ask({}), ask, 0, show, wire)
    return unfinished


def _ask(wire: Wire, path: str, params: Mapping[str, str], headers: Mapping[str, str]) -> httpx.Response:
    """The file, or the part that the headers ask for, once it has been made."""
    while True:
        response = wire.open(path, params, headers)
        if response.status_code != httpx.codes.ACCEPTED:
            return response
        response.close()
        wire.wait(_WAIT_S)


def _check_told(response: httpx.Response) -> None:
    """Raises: RhapsodeError, where nobody could tell whether a file is whole, or go on with it."""
    if not {"etag", "content-length"} <= response.headers.keys():
        msg = (
            "The audio comes without its length or its version: something between here and the server takes "
            "Content-Length or ETag away. Let it leave downloads as they are."
        )
        raise RhapsodeError(msg)


def _write(
    unfinished: Path,
    response: httpx.Response,
    ask: AskFrom,
    came_bytes: int,
    show: Show,
    wire: Wire,
) -> None:
    size_bytes = int(response.headers["content-length"])
    blocks = iterate_continued(response, ask, received_bytes=came_bytes, pause=_pauses(wire))
    with unfinished.open("ab" if came_bytes else "wb", buffering=0) as file, contextlib.closing(blocks):  # type: ignore[type-var]
        write_through(file, _shown(blocks, came_bytes, size_bytes, show, wire))


def _pauses(wire: Wire) -> Pause:
    """Pauses that grow, as long as an outage may last."""
    since_s = 0.0

    def pause(broken_off: int) -> None:
        nonlocal since_s
        if broken_off == 1:
            since_s = time.monotonic()
        wire.wait_after(Setback("the download breaks off"), broken_off - 1, since_s)

    return pause


def _shown(
    blocks: Iterator[bytes], came_bytes: int, size_bytes: int, show: Show, wire: Wire
) -> Iterator[bytes]:
    for block in blocks:
        wire.wait(0)
        came_bytes += len(block)
        show(came_bytes, size_bytes)
        yield block


def _unfinished(target: Path, etag: str) -> Path:
    version = hashlib.sha256(etag.encode()).hexdigest()[:_TAG_CHARACTERS]
    return target.with_name(f"{_beginning(target)}{version}.unfinished")


def _beginning(target: Path) -> str:
    return f".{target.name}."


def _forget(target: Path, but: Path | None = None) -> None:
    """Remove what has come of any version, or of all but one."""
    for path in target.parent.iterdir():
        is_of_it = path.name.startswith(_beginning(target)) and path.name.endswith(".unfinished")
        if is_of_it and path != but:
            path.unlink(missing_ok=True)


def _is_sound(archive: Path) -> bool:
    try:
        with zipfile.ZipFile(archive) as opened:
            return opened.testzip() is None
    except (zipfile.BadZipFile, EOFError):
        return False
