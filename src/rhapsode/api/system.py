"""The installation at a glance, for whoever runs it: what it is, whether it is well, and what it does. Ours.

Nothing is walked through for that: what isn't at hand in some milliseconds isn't told. Neither addresses nor paths
are, which may have passwords in them or say how the machine is laid out.
"""

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from rhapsode import __version__
from rhapsode.api.context import CallerOf, Services, ServicesOf
from rhapsode.api.engines import list_engine_models
from rhapsode.api.json_body import JsonRoute
from rhapsode.storage.audit import BACKUP_TAKEN, find_newest_entry_ms
from rhapsode.storage.members import list_members
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID
from rhapsode.storage.room import DiskSpace
from rhapsode.storage.totals import measure_totals
from rhapsode.studio.errors import MissingPermission
from rhapsode.telemetry.metrics import REQUESTS
from rhapsode.telemetry.readiness import Report

router = APIRouter(prefix="/rhapsode/v1/system", tags=["system"], route_class=JsonRoute)

_BACKUP_SOUGHT_MS = 31 * 24 * 3600 * 1000
"""No further back is a backup looked for: one that is older is as good as none, and the log may be long."""


class CheckModel(BaseModel):
    """How it is with one thing that requests need, and why."""

    name: str
    is_ok: bool
    reason: str


class DiskModel(BaseModel):
    """The disk that something is on, in bytes."""

    free_bytes: int
    size_bytes: int


class StorageModel(BaseModel):
    """database: `sqlite` or `postgresql`.    packs: null in an object store.

    pack_bytes: of all packs together, wherever they are.
    """

    database: str
    store: Literal["folder", "object store"]
    data: DiskModel | None
    packs: DiskModel | None
    pack_bytes: int


class RenderersModel(BaseModel):
    """Processes of this server that speak and encode.    busy_count: stretches that they work on; others wait."""

    process_count: int
    busy_count: int
    waiting_count: int


class ConversionsModel(BaseModel):
    """Conversions of all workspaces, on all members."""

    running_count: int
    waiting_count: int
    oldest_age_secs: float


class MemberModel(BaseModel):
    """A server or worker of an installation that several have. name: for people, as in `rack3:4711`."""

    name: str
    kind: Literal["server", "worker", "command"]
    version: str
    engines: list[str]
    started_at_unix: int
    seen_at_unix: int


class EngineHealth(BaseModel):
    """voice_count: in the workspace `default`.    problem: null where the engine is well."""

    engine_id: str
    version: str
    is_ok: bool
    problem: str | None
    voice_count: int


class CleanUpModel(BaseModel):
    """The last clean-up that this server has done since its start. error: null where it went well."""

    ended_at_unix: int
    error: str | None


class BackupModel(BaseModel):
    """The last backup of this month or so that the server, or a command on its data directory, has taken."""

    taken_at_unix: int


class RequestsModel(BaseModel):
    """What this server was asked since its start. server_error_count: answered with a status of 500 or more."""

    count: int
    client_error_count: int
    server_error_count: int


class SystemModel(BaseModel):
    """An installation, and the server of it that answers.

    members: where several share the installation; empty otherwise.
    last_clean_up, last_backup: null where none is known.
    """

    version: str
    started_at_unix: int
    is_ready: bool
    checks: list[CheckModel]
    storage: StorageModel
    renderers: RenderersModel
    conversions: ConversionsModel
    members: list[MemberModel]
    engines: list[EngineHealth]
    last_clean_up: CleanUpModel | None
    last_backup: BackupModel | None
    requests: RequestsModel


@router.get("", summary="Look at the installation")
async def get_system(services: ServicesOf, caller: CallerOf) -> SystemModel:
    """What whoever runs the installation wants to know at a glance; for admins of the workspace `default`."""
    if caller.workspace_id != DEFAULT_WORKSPACE_ID:
        msg = "The installation is looked at by admins of its first workspace, default."
        raise MissingPermission(msg)
    report = await services.readiness.look()
    # Not among the threads that routes run in: those may all be busy, which is when somebody looks here.
    return await asyncio.to_thread(_view, services, report)


def _view(services: Services, report: Report) -> SystemModel:
    totals = measure_totals(services.records)
    load = services.pool.load()
    return SystemModel(
        version=__version__,
        started_at_unix=services.started_at_ms // 1000,
        is_ready=report.is_ready,
        checks=[
            CheckModel(name=name, is_ok=look.state == "ok", reason=look.reason)
            for name, look in report.looks.items()
        ],
        storage=_storage(services, sum(totals.pack_bytes.values())),
        renderers=RenderersModel(
            process_count=services.pool.process_count, busy_count=load.running, waiting_count=load.waiting
        ),
        conversions=ConversionsModel(
            running_count=totals.conversions.get("converting", 0),
            waiting_count=totals.conversions.get("in_queue", 0),
            oldest_age_secs=totals.oldest_age_s,
        ),
        members=_members(services),
        engines=_engines(services),
        last_clean_up=_last_clean_up(services),
        last_backup=_last_backup(services),
        requests=_requests(REQUESTS.values),
    )


def _storage(services: Services, pack_bytes: int) -> StorageModel:
    disks = services.measure_disks()
    is_folder = services.blobs.path("packs") is not None
    return StorageModel(
        database=_database(services),
        store="folder" if is_folder else "object store",
        data=_disk(disks[0]) if disks else None,
        packs=_disk(disks[-1]) if disks and is_folder else None,
        pack_bytes=pack_bytes,
    )


def _database(services: Services) -> str:
    with services.records.read(DEFAULT_WORKSPACE_ID) as tx:
        return tx.connection.dialect.name


def _disk(space: DiskSpace) -> DiskModel:
    return DiskModel(free_bytes=space.free_bytes, size_bytes=space.size_bytes)


def _members(services: Services) -> list[MemberModel]:
    return [
        MemberModel(
            name=member.name,
            kind=member.kind,
            version=member.version,
            engines=list(member.engines),
            started_at_unix=member.started_at_ms // 1000,
            seen_at_unix=member.seen_at_ms // 1000,
        )
        for member in list_members(services.records)
    ]


def _engines(services: Services) -> list[EngineHealth]:
    return [
        EngineHealth(
            engine_id=engine.engine_id,
            version=engine.version,
            is_ok=engine.is_up,
            problem=engine.problem,
            voice_count=engine.voice_count,
        )
        for engine in list_engine_models(services, DEFAULT_WORKSPACE_ID)
    ]


def _last_clean_up(services: Services) -> CleanUpModel | None:
    run = services.find_last_clean_up()
    return None if run is None else CleanUpModel(ended_at_unix=run.ended_at_ms // 1000, error=run.error)


def _last_backup(services: Services) -> BackupModel | None:
    with services.records.read(DEFAULT_WORKSPACE_ID) as tx:
        taken_at_ms = find_newest_entry_ms(tx, BACKUP_TAKEN, since_ms=tx.now_ms - _BACKUP_SOUGHT_MS)
    return None if taken_at_ms is None else BackupModel(taken_at_unix=taken_at_ms // 1000)


def _requests(values: Mapping[tuple[str, ...], float]) -> RequestsModel:
    """values: by operation, method and status."""
    statuses = [(int(status), int(count)) for (_, _, status), count in list(values.items())]
    server_error, client_error = HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.BAD_REQUEST
    return RequestsModel(
        count=sum(count for _, count in statuses),
        client_error_count=sum(count for status, count in statuses if client_error <= status < server_error),
        server_error_count=sum(count for status, count in statuses if status >= server_error),
    )
