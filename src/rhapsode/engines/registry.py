"""The installed engines and their voices, found through the entry points `rhapsode.engines`."""

import difflib
import functools
import os
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType

from rhapsode.engines.engine import Engine
from rhapsode.engines.premade import assign_local_voices, find_premade
from rhapsode.studio.errors import UnknownVoice
from rhapsode.studio.voice import Voice

_GROUP = "rhapsode.engines"
_FIRST, _LAST = "espeak", "tone"


def list_engines() -> Sequence[str]:
    """Return the names of the engines that can be used here: the default first, `tone` last."""
    return tuple(_factories())


def get_engine(name: str) -> Engine:
    """Return this process's one instance of an engine; like any engine it is for one thread.

    Raises: UnknownVoice when no such engine is installed, as then none of its voices is.
    """
    if name not in _factories():
        msg = f"The engine {name!r} is not installed; installed are {', '.join(_factories())}"
        raise UnknownVoice(msg)
    return _engine_of_process(name, os.getpid())


def list_voices() -> Sequence[Voice]:
    """Return all voices of all engines, the default voice first."""
    return tuple(voice for name in list_engines() for voice in get_engine(name).list_voices())


def get_voice(name_or_id: str) -> Voice:
    """Return the voice with this id or, whatever its case, this name.

    The id of a premade voice of the original (engines.premade) gives the installed voice that answers it.
    Raises: UnknownVoice, with the names that come closest.
    """
    voices = list_voices()
    premade = find_premade(name_or_id)
    if premade is not None and (assigned := assign_local_voices(voices)):
        return assigned[premade.voice_id]
    wanted = name_or_id.strip().casefold()
    by_name = {voice.name.casefold(): voice for voice in reversed(voices)}
    by_id = {voice.voice_id.casefold(): voice for voice in voices}
    found = by_id.get(wanted) or by_name.get(wanted)
    if found is not None:
        return found
    raise UnknownVoice(_suggestion(name_or_id, wanted, voices))


def _suggestion(name_or_id: str, wanted: str, voices: Sequence[Voice]) -> str:
    names = {spelling.casefold(): voice.name for voice in voices for spelling in (voice.voice_id, voice.name)}
    close = dict.fromkeys(names[match] for match in difflib.get_close_matches(wanted, names, n=3))
    if close:
        return f"There is no voice {name_or_id!r}; did you mean {' or '.join(close)}?"
    some = ", ".join(voice.name for voice in voices[:3])
    return f"There is no voice {name_or_id!r}; there are {some} and others."


@functools.cache
def _factories() -> Mapping[str, Callable[[], Engine]]:
    found = {}
    for entry_point in sorted(entry_points(group=_GROUP), key=_place):
        try:
            found[entry_point.name] = entry_point.load()
        except ModuleNotFoundError:
            # The engine's extra is not installed, so its voices are not offered.
            continue
    return MappingProxyType(found)


def _place(entry_point: EntryPoint) -> tuple[bool, bool, str]:
    return entry_point.name != _FIRST, entry_point.name == _LAST, entry_point.name


@functools.cache
def _engine_of_process(name: str, _process_id: int) -> Engine:
    """Return one instance per process: a fork must not talk over its parent's pipes."""
    return _factories()[name]()
