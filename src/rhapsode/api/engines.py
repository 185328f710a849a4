"""The engines of this installation: which there are, and how those on other machines are. All of it is ours."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from rhapsode.api.context import Services, ServicesOf, WorkspaceOf
from rhapsode.api.json_body import JsonRoute
from rhapsode.engines.registry import find_left_out, get_engine, list_engines
from rhapsode.engines.remote.engine import RemoteEngine
from rhapsode.engines.remote.shared_state import Counters
from rhapsode.engines.remote.status import RemoteStatus
from rhapsode.studio.ids import WorkspaceId
from rhapsode.voices.catalogue import read_catalogue

# A body without a Content-Type is read too.
router = APIRouter(
    prefix="/rhapsode/v1/engines", tags=["engines"], route_class=JsonRoute, strict_content_type=False
)


class EngineCounters(BaseModel):
    """What an engine on another machine was asked since its counters began, by all processes of this machine.

    request_count: with `retry_count` that were repeated, and `failure_count` that came to nothing.
    character_count: of texts that it has spoken.    audio_secs: how long they sound.
    cost: of these characters, in the money of the price that is set; 0 where none is.
    """

    request_count: int
    failure_count: int
    retry_count: int
    character_count: int
    audio_secs: float
    cost: float


class EngineModel(BaseModel):
    """An engine, and how it is. version: with the model, where it has one that can be chosen.

    voice_count: of the voices that this workspace has of it.    is_up: False, where it is on another machine and the
    last request came to nothing; then `problem` says why.
    heeded_settings: which of a voice's settings change what its voices say.    pronounces: whether it heeds phonemes.
    makes_of_files, makes_of_recordings: what `POST /v1/voices/add` can make a voice of it of.
    address, circuit, counters: of an engine on another machine; null for others and where none is set.
    circuit: `closed`, where it is asked as usual; `open`, where it isn't asked for a while; `half_open`, where the
    next request finds out whether it is back.
    """

    engine_id: str
    version: str
    voice_count: int
    is_up: bool
    problem: str | None
    heeded_settings: tuple[str, ...]
    pronounces: bool
    makes_of_files: bool
    makes_of_recordings: bool
    address: str | None
    circuit: Literal["closed", "open", "half_open"] | None
    counters: EngineCounters | None


class LeftOutEngine(BaseModel):
    """An engine that a package brings and that can't be used. problem: why, and what would help."""

    engine_id: str
    problem: str


class EngineList(BaseModel):
    """All engines that are installed. left_out: those of installed packages that can't be used."""

    engines: list[EngineModel]
    left_out: list[LeftOutEngine]


@router.get("", summary="List engines")
def list_all(services: ServicesOf, workspace_id: WorkspaceOf) -> EngineList:
    """The engines that are installed, the default first, with what those on other machines were asked and have cost.

    Nothing is asked of them for that: it is what the last requests have shown.
    """
    return EngineList(
        engines=list_engine_models(services, workspace_id),
        left_out=[LeftOutEngine(engine_id=name, problem=why) for name, why in find_left_out().items()],
    )


def list_engine_models(services: Services, workspace_id: WorkspaceId) -> list[EngineModel]:
    """The same. workspace_id: whose voices are counted."""
    voices = read_catalogue(services.records, workspace_id).voices
    return [_engine_model(name, sum(v.engine == name for v in voices)) for name in list_engines()]


def _engine_model(name: str, voice_count: int) -> EngineModel:
    engine = get_engine(name)
    status = engine.find_status() if isinstance(engine, RemoteEngine) else None
    return EngineModel(
        engine_id=name,
        version=engine.traits.version,
        voice_count=voice_count,
        is_up=status is None or status.is_up,
        problem=_problem(status),
        heeded_settings=engine.traits.heeded_settings,
        pronounces=engine.traits.pronounces,
        makes_of_files=engine.traits.has_files,
        makes_of_recordings=engine.traits.can_clone,
        address=None if status is None else status.address,
        circuit=None if status is None else status.circuit,
        counters=None if status is None else _counters(status.counters),
    )


def _problem(status: RemoteStatus | None) -> str | None:
    return None if status is None or status.is_up else status.reason


def _counters(counters: Counters) -> EngineCounters:
    return EngineCounters(
        request_count=counters.requests,
        failure_count=counters.failures,
        retry_count=counters.retries,
        character_count=counters.characters,
        audio_secs=counters.audio_ms / 1_000,
        cost=round(counters.cost, 6),
    )
