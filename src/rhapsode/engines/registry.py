"""The installed engines and the voices that come with them, found through the entry points `rhapsode.engines`.

Anybody's package can bring an engine, and a mistake in one is no reason for the others to be silent: what can't be
used is left out, and said in the log once. Where two want the same name or voice id, Rhapsode's own has it, and of
others the one whose package comes first by name.
"""

import functools
import multiprocessing
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType

import structlog

from rhapsode.engines.engine import Engine
from rhapsode.studio.errors import UnknownVoice
from rhapsode.studio.ids import VoiceId
from rhapsode.studio.voice import Voice

_GROUP = "rhapsode.engines"
_OWN_PACKAGE = "rhapsode."
_FIRST, _LAST = "espeak", "tone"

_log = structlog.get_logger()


def list_engines() -> Sequence[str]:
    """Return the names of the engines that can be used here: the default first, `tone` last."""
    return tuple(sorted(_installed().factories, key=_list_place))


def list_packaged() -> Sequence[str]:
    """Return the names of all engines that installed packages bring, whether they can be used or not."""
    return tuple(sorted({entry_point.name for entry_point in entry_points(group=_GROUP)}))


def find_left_out() -> Mapping[str, str]:
    """Why the engines that can't be used here can't, in words for people, by name."""
    return _installed().left_out


def get_engine(name: str) -> Engine:
    """Return this process's one instance of an engine; like any engine it is for one thread.

    Raises: UnknownVoice when no such engine can be used, saying why: then none of its voices can be.
    """
    installed = _installed()
    if name in installed.factories:
        return _engine_of_process(name, os.getpid())
    if name in installed.left_out:
        msg = f"The engine {name!r} can't be used: {installed.left_out[name]}"
    else:
        msg = f"The engine {name!r} is not installed; installed are {', '.join(list_engines())}"
    raise UnknownVoice(msg)


def list_voices() -> Sequence[Voice]:
    """Return all voices that come with the engines, the default voice first; no two have the same id."""
    voices = {name: get_engine(name).list_voices() for name in list_engines()}
    owners = _owners(voices)
    return tuple(
        voice for name in voices for voice in voices[name] if owners[voice.voice_id.casefold()] == name
    )


def _owners(voices: Mapping[str, Sequence[Voice]]) -> Mapping[str, str]:
    """Which engine has each voice id, however it is spelled. voices: of each engine."""
    owners: dict[str, str] = {}
    for name in _installed().factories:
        for voice in voices[name]:
            owner = owners.setdefault(voice.voice_id.casefold(), name)
            if owner != name:
                _warn_of_voice(voice.voice_id, name, owner)
    return owners


@dataclass(frozen=True, slots=True)
class _Installed:
    """How engines are made, by name in the order in which they come to their names, and why others aren't."""

    factories: Mapping[str, Callable[[], Engine]]
    left_out: Mapping[str, str]


@functools.cache
def _installed() -> _Installed:
    factories: dict[str, Callable[[], Engine]] = {}
    left_out: dict[str, str] = {}
    for entry_point in sorted(entry_points(group=_GROUP), key=_place):
        name = entry_point.name
        if name in factories:
            _warn(entry_point, f"another package brings an engine {name!r} too")
            continue
        try:
            factories[name] = _checked(entry_point)
        except Exception as error:
            # Without its extra an engine of our own isn't installed, which is nothing to warn of.
            if _is_own(entry_point) and isinstance(error, ModuleNotFoundError):
                left_out[name] = f"install it with pip install 'rhapsode[{name}]'"
            else:
                left_out[name] = f"{type(error).__name__}: {error}"
                _warn(entry_point, left_out[name])
    return _Installed(MappingProxyType(factories), MappingProxyType(left_out))


def _checked(entry_point: EntryPoint) -> Callable[[], Engine]:
    """What makes an engine, which has made one that knows its name and voices. Raises: whatever it raises."""
    factory: Callable[[], Engine] = entry_point.load()
    engine = factory()
    strangers = [voice.voice_id for voice in engine.list_voices() if voice.engine != entry_point.name]
    if engine.traits.name != entry_point.name or strangers:
        msg = f"its traits and all its voices must name the engine {entry_point.name!r}, as its entry point does"
        raise ValueError(msg)
    return factory


def _warn(entry_point: EntryPoint, cause: str) -> None:
    if _is_first_process():
        _log.warning(
            "engine.left_out",
            engine=entry_point.name,
            package=_package(entry_point),
            cause=cause,
            advice="Update the package, set it right or remove it, then start again.",
        )


def _place(entry_point: EntryPoint) -> tuple[bool, str]:
    """In which order names are given away."""
    return not _is_own(entry_point), _package(entry_point)


def _package(entry_point: EntryPoint) -> str:
    return "" if entry_point.dist is None else entry_point.dist.name


def _is_own(entry_point: EntryPoint) -> bool:
    return entry_point.value.startswith(_OWN_PACKAGE)


def _list_place(name: str) -> tuple[bool, bool, str]:
    return name != _FIRST, name == _LAST, name


# Voices are listed again and again, and one warning is enough.
@functools.cache
def _warn_of_voice(voice_id: VoiceId, name: str, owner: str) -> None:
    if _is_first_process():
        cause, advice = f"the engine {owner} has a voice of this id", "Remove the package of one of the two."
        _log.warning("voice.left_out", voice_id=voice_id, engine=name, cause=cause, advice=advice)


def _is_first_process() -> bool:
    """Whoever has started a process that renders has warned already."""
    return multiprocessing.parent_process() is None


@functools.cache
def _engine_of_process(name: str, _process_id: int) -> Engine:
    """Return one instance per process: a fork must not talk over its parent's pipes."""
    return _installed().factories[name]()
