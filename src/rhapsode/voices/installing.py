"""Install voices that are files, for all workspaces: from their usual home, a mirror, an address or this machine.

A voice exists when all of its files are in the store and whole. Whatever a kill, a network or a full disk leaves
before that is gone on with by the next who installs it.
"""

import difflib
import shutil
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rhapsode.storage.blobs import Blobs
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID, Records
from rhapsode.storage.voice_files import is_whole
from rhapsode.storage.voices import list_stored_voices, list_voice_files
from rhapsode.studio.errors import StorageFull, UnknownVoice
from rhapsode.studio.limits import MAX_VOICE_LIST_BYTES
from rhapsode.studio.voice import Voice
from rhapsode.voices.downloads import Downloads, RemoteFile
from rhapsode.voices.keeping import keep_voices
from rhapsode.voices.licenses import commercial_use_of, find_license
from rhapsode.voices.making import get_file_engine, read_files
from rhapsode.voices.offers import (
    CARD,
    LIST_NAME,
    PIPER_HOME,
    Offer,
    kokoro_offer,
    read_piper_list,
)
from rhapsode.voices.wanted import InstallOrder, Wanted, list_installed_as, list_wanted

if TYPE_CHECKING:
    from rhapsode.net.fetcher import Fetcher

_SPARE_BYTES = 64 * 2**20
"""That the disk is to have left when everything is installed."""

_MAX_CARD_BYTES = 2**16
_LIST_WAITS_S = (1.0, 3.0)
"""Somebody waits for a list, who may have no network at all."""

Tell = Callable[[int, int | None], None]
"""Is told how many bytes have come, and of how many. What it raises ends the installation; another one goes on."""


@dataclass(frozen=True, slots=True)
class Installed:
    """Voices that are there now. was_there: they were before, so that nothing had to be done."""

    origin: str
    voices: tuple[Voice, ...]
    was_there: bool


class Installing:
    """Installs voices, one order after the other. Thread-safe.

    folder: for what isn't finished; no start empties it.    voices_url: of a mirror of all that has a usual home.
    """

    def __init__(
        self,
        records: Records,
        blobs: Blobs,
        fetcher: "Fetcher",
        folder: Path,
        *,
        voices_url: str | None = None,
    ) -> None:
        self._records = records
        self._blobs = blobs
        self._downloads = Downloads(fetcher, folder)
        self._lists = Downloads(fetcher, folder, waits_s=_LIST_WAITS_S)
        self._mirror = voices_url
        self._lock = threading.Lock()
        self._list_lock = threading.Lock()

    def install(self, order: InstallOrder, tell: Tell) -> tuple[Installed, ...]:
        """Have voices, and say which; several times where a folder has several. Nothing is fetched for what is there.

        Raises: UnknownVoice; VoiceRefused; InvalidInput; FetchRefused; FetchFailed; StorageFull; what `tell` raises.
        """
        # Two who want the same voice at once have it fetched once.
        with self._lock:
            self._downloads.forget_abandoned()
            # What lies on this machine is quickly looked at, and may have changed.
            found = self._find_installed(order.name) if order.is_remote else None
            if found is not None:
                return (found,)
            return tuple(self._install(wanted, tell) for wanted in list_wanted(order, self._offered))

    def list_offers(self) -> list[Offer]:
        """What can be installed by its name. Raises: FetchRefused; FetchFailed."""
        return [kokoro_offer(self._mirror), *self._list_piper()]

    def _find_installed(self, name: str) -> Installed | None:
        """What this name has installed before, if all of it is as it was then."""
        with self._records.read(DEFAULT_WORKSPACE_ID) as tx:
            stored = list_installed_as(list_stored_voices(tx), name)
            files = list_voice_files(tx, (s.voice.voice_id for s in stored))
        needed = {file for by_role in files.values() for file in by_role.values()}
        if not stored or not all(is_whole(self._blobs, file) for file in needed):
            return None
        return Installed(stored[0].origin, tuple(s.voice for s in stored), was_there=True)

    def _offered(self, name: str) -> Offer:
        """Raises: UnknownVoice; FetchRefused; FetchFailed."""
        kokoro = kokoro_offer(self._mirror)
        if kokoro.answers(name):
            return kokoro
        offers = self._list_piper()
        found = next((offer for offer in offers if offer.answers(name)), None)
        if found is None:
            names = [offer.name for offer in offers]
            wanted = name.strip().casefold()
            having = [each for each in names if wanted and wanted in each.casefold()]
            close = having[:3] or difflib.get_close_matches(name, names, n=3)
            meant = (
                f"; did you mean {' or '.join(close)}?"
                if close
                else ": `rhapsode voices --available` lists all."
            )
            msg = f"There is no voice {name!r} to install{meant}"
            raise UnknownVoice(msg)
        return found

    def _list_piper(self) -> list[Offer]:
        home = self._mirror or PIPER_HOME
        listed = RemoteFile(f"{home}/{LIST_NAME}", max_bytes=MAX_VOICE_LIST_BYTES)
        with self._list_lock:
            # It may have changed since half of it came.
            self._lists.forget(listed)
            path = self._lists.fetch(listed, lambda _: None)
            assert path is not None
            content = path.read_bytes()
            self._lists.forget(listed)
        return read_piper_list(content, home)

    def _install(self, wanted: Wanted, tell: Tell) -> Installed:
        get_file_engine(wanted.engine)
        paths = self._fetched(wanted, tell)
        engine_paths = {role: path for role, path in paths.items() if role != CARD}
        voices = [self._stated(voice, wanted, paths) for voice in read_files(wanted.engine, engine_paths)]
        kept, was_there = keep_voices(
            self._records, self._blobs, voices, paths, origin=wanted.origin, name=wanted.name
        )
        for file in wanted.remote:
            self._downloads.forget(file)
        return Installed(wanted.origin, kept, was_there)

    def _fetched(self, wanted: Wanted, tell: Tell) -> dict[str, Path]:
        self._check_space(wanted)
        known = [file.size_bytes for file in wanted.remote if not file.is_optional]
        total_bytes = sum(filter(None, known)) if all(known) else None
        paths, done_bytes = {}, 0
        for role, file in wanted.files.items():
            if isinstance(file, Path):
                paths[role] = file
                continue
            path = self._downloads.fetch(file, _after(done_bytes, total_bytes, tell))
            if path is not None:
                paths[role] = path
                done_bytes += path.stat().st_size
        return paths

    def _check_space(self, wanted: Wanted) -> None:
        """Raises: StorageFull, before a byte is fetched."""
        missing_bytes = sum(self._downloads.missing_bytes(file) for file in wanted.remote)
        # What has come is copied into the store before it goes.
        needed_bytes = missing_bytes + sum(map(_size_bytes, wanted.files.values())) + _SPARE_BYTES
        free_bytes = shutil.disk_usage(self._downloads.folder).free
        if needed_bytes > free_bytes:
            msg = (
                f"{wanted.name} needs {needed_bytes / 1e6:,.0f} MB, and {self._downloads.folder} has "
                f"{free_bytes / 1e6:,.0f} MB left."
            )
            raise StorageFull(msg)

    @staticmethod
    def _stated(voice: Voice, wanted: Wanted, paths: Mapping[str, Path]) -> Voice:
        """The voice with its licence, as far as anybody says it."""
        license_name = voice.license or wanted.license
        if not license_name and CARD in paths:
            with paths[CARD].open("rb") as card:
                license_name = find_license(card.read(_MAX_CARD_BYTES).decode("utf-8", "replace"))
        told = voice.commercial_use
        use = commercial_use_of(license_name) if told == "unknown" else told
        return replace(voice, license=license_name, commercial_use=use)


def _after(done_bytes: int, total_bytes: int | None, tell: Tell) -> Callable[[int], None]:
    """What tells of a file that comes when so many bytes of others have."""
    return lambda size_bytes: tell(done_bytes + size_bytes, total_bytes)


def _size_bytes(file: RemoteFile | Path) -> int:
    return file.stat().st_size if isinstance(file, Path) else file.size_bytes or 0
