"""An engine whose voices are files of a few bytes: what it needs of a model is one of JSON."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from rhapsode.engines import registry
from rhapsode.engines.engine import EngineTraits, Speech
from rhapsode.engines.tone import ToneEngine
from rhapsode.studio.errors import EngineFailed, VoiceRefused
from rhapsode.studio.ids import VoiceId
from rhapsode.studio.pronunciation import Pronunciation
from rhapsode.studio.voice import Voice, VoiceSettings

NAME = "music_box"


class MusicBox:
    """Speaks in beeps, if the file of its voice says so."""

    @property
    def traits(self) -> EngineTraits:
        return EngineTraits(NAME, "1", reproducible=True, max_characters=2_000, has_files=True)

    def list_voices(self) -> Sequence[Voice]:
        return ()

    def read_voices(self, files: Mapping[str, Path]) -> Sequence[Voice]:
        said = _read(files)
        name = said.get("name", "")
        ids = {speaker: VoiceId(f"music_{said['id']}_{speaker}") for speaker in said["speakers"]}
        return [Voice(ids[speaker], name, NAME, "en", ("en",), speaker=speaker) for speaker in ids]

    def synthesize(
        self,
        text: str,
        *,
        voice: Voice,
        language: str,
        settings: VoiceSettings,
        pronunciations: Sequence[Pronunciation] = (),
        files: Mapping[str, Path] = MappingProxyType({}),
    ) -> Speech:
        said = _read(files)
        if said.get("is_broken"):
            msg = "The spring of the music box is broken."
            raise EngineFailed(msg)
        tone = ToneEngine()
        beeps = tone.synthesize(text, voice=tone.list_voices()[0], language=language, settings=settings)
        is_silent = said.get("is_silent")
        return Speech(beeps.sample_rate_hz, beeps.samples * (not is_silent), beeps.alignment)

    def close(self) -> None:
        """Nothing was begun."""


def _read(files: Mapping[str, Path]) -> dict[str, Any]:
    try:
        said: dict[str, Any] = json.loads(files["model"].read_bytes())
    except (KeyError, ValueError) as error:
        msg = "The model is no music box."
        raise VoiceRefused(msg) from error
    return said


def box(
    folder: Path, name: str = "waltz", /, *, speakers: Sequence[str] = ("low",), **said: Any
) -> dict[str, str]:
    """The files of a voice, by role, as an order has them."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.box"
    path.write_text(
        json.dumps({"id": name, "name": name.title(), "speakers": list(speakers)} | said), "utf-8"
    )
    return {"model": str(path)}


@contextmanager
def installed_music_box() -> Iterator[None]:
    """The engine is there until the end of the block, as if its package were."""
    there = registry._installed()
    factories = MappingProxyType({**there.factories, NAME: MusicBox})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "_installed", lambda: registry._Installed(factories, there.left_out))
        yield
