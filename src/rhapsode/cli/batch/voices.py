"""The voices that books may be read by, asked for only where somebody names one."""

from collections.abc import Callable, Iterable
from functools import cached_property

from rhapsode.voices.premade import find_premade

ListVoices = Callable[[], Iterable[tuple[str, str]]]
"""The id and the name of each voice."""


class Voices:
    """Those of a data directory, or of a server."""

    def __init__(self, list_voices: ListVoices) -> None:
        self._list = list_voices

    @cached_property
    def _ids(self) -> dict[str, str]:
        """The id of each voice, by its name and by itself, whatever their case; the first has a name for itself."""
        listed = list(self._list())
        names = {name.casefold(): voice_id for voice_id, name in reversed(listed)}
        return names | {voice_id.casefold(): voice_id for voice_id, _ in listed}

    def find_id(self, name_or_id: str) -> str | None:
        """The id of a voice; that of a premade voice of the original is one, whoever answers to it."""
        if find_premade(name_or_id) is not None:
            return name_or_id
        return self._ids.get(name_or_id.strip().casefold())
