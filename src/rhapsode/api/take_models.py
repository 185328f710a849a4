"""Blocks and their takes on the wire. All of it is ours: the contract tells of neither."""

from collections.abc import Mapping

from pydantic import BaseModel

from rhapsode.api.studio_models import unix_time
from rhapsode.audio.grid import seconds_of
from rhapsode.authoring.takes import ListedTake
from rhapsode.delivery.take_audio import TakeAudio


class BlockStateModel(BaseModel):
    """A block without its text. converted: its audio says what it is now; a locked block's audio stays as it is.

    flaws: what seems wrong with the sound that it has.
    """

    block_id: str
    locked: bool
    converted: bool
    flaws: list[str]


class BlockStates(BaseModel):
    """The blocks of a chapter that are heard, in order."""

    blocks: list[BlockStateModel]


class TakeModel(BaseModel):
    """An earlier or the current rendering of a node.

    is_current: its node has it, also where the text was changed since.    is_available: its sound still exists.
    text, voice_id, settings, language, engine, engine_version: what it was made of, null where an earlier version of
    the server made it. settings are those that the engine heeds and that weren't at their defaults.
    duration_secs: null without sound.
    """

    take_id: str
    node_id: str
    is_current: bool
    is_available: bool
    created_at_unix: int
    duration_secs: float | None
    text: str | None
    voice_id: str | None
    settings: Mapping[str, float | bool] | None
    language: str | None
    engine: str | None
    engine_version: str | None


class TakeList(BaseModel):
    """The takes of a block, the newest first."""

    takes: list[TakeModel]


def take_model(listed: ListedTake, audio: TakeAudio | None) -> TakeModel:
    """A take with what is left of its sound."""
    take, source = listed.take, listed.take.source
    return TakeModel(
        take_id=take.take_id,
        node_id=listed.node_id,
        is_current=listed.is_current,
        is_available=audio is not None,
        created_at_unix=unix_time(listed.created_at_ms) or 0,
        duration_secs=None if audio is None else seconds_of(audio.sample_count),
        text=None if source is None else source.text,
        voice_id=None if source is None else source.voice_id,
        settings=None if source is None else source.settings,
        language=None if source is None else source.language,
        engine=None if source is None else source.engine,
        engine_version=None if source is None else source.engine_version,
    )
