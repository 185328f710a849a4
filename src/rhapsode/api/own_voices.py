"""Voices as the program's own commands install, remove and try them."""

import time
from collections.abc import Callable, Iterator

from pydantic import TypeAdapter

from rhapsode.api.own_lines import lines_of
from rhapsode.api.own_wire import InstallLine
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID, Records
from rhapsode.storage.voices import list_stored_voices
from rhapsode.studio.voice import Voice
from rhapsode.voices.catalogue import read_catalogue
from rhapsode.voices.installing import Installing
from rhapsode.voices.wanted import InstallOrder

_LINE: TypeAdapter[InstallLine] = TypeAdapter(InstallLine)
_TOLD_EVERY_S = 0.1


def install_lines(installing: Installing, order: InstallOrder) -> Iterator[bytes]:
    """Install in a thread of its own, and yield each InstallLine as JSON. Closed early, it stops; what came stays."""

    def install(tell: Callable[[InstallLine], None]) -> InstallLine:
        told_s = 0.0

        def note(done_bytes: int, total_bytes: int | None) -> None:
            nonlocal told_s
            if time.monotonic() - told_s > _TOLD_EVERY_S:
                told_s = time.monotonic()
                tell(InstallLine(done_bytes, total_bytes))

        return InstallLine(installed=installing.install(order, note))

    return lines_of("install", _LINE, install, failed=lambda error: InstallLine(error=error))


def list_voices(records: Records) -> list[tuple[Voice, str]]:
    """All voices of the default workspace, the default first, each with what it was installed by."""
    with records.read(DEFAULT_WORKSPACE_ID) as tx:
        origins = {stored.voice.voice_id: stored.origin for stored in list_stored_voices(tx)}
    voices = read_catalogue(records, DEFAULT_WORKSPACE_ID).voices
    return [(voice, origins.get(voice.voice_id, "")) for voice in voices]
