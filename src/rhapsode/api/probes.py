"""What those who run the server ask: whether it lives, whether it can work, and how much it does."""

import shutil
from collections.abc import Iterator, Mapping

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client.core import GaugeMetricFamily, Metric

from rhapsode import __version__
from rhapsode.api.context import Services, ServicesOf
from rhapsode.api.key_check import METRICS_PATH
from rhapsode.storage.totals import measure_totals
from rhapsode.telemetry.exposition import CONTENT_TYPE, expose

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def is_alive() -> dict[str, str]:
    """Answer as long as the process does. What it needs isn't looked at: to start it anew would mend none of that."""
    return {"status": "ok"}


@router.get("/readyz")
async def is_ready(services: ServicesOf) -> JSONResponse:
    """Say of each thing that requests need how it is; 503 where one is missing, or the server is about to end."""
    report = await services.readiness.look()
    looks = {name: {"state": look.state, "reason": look.reason} for name, look in report.looks.items()}
    status = "ready" if report.is_ready else "not_ready"
    return JSONResponse({"status": status, "checks": looks}, 200 if report.is_ready else 503)


@router.get(METRICS_PATH)
def get_metrics(services: ServicesOf) -> Response:
    """All numbers, in the text format of Prometheus."""
    return Response(expose(_looked_at(services)), media_type=CONTENT_TYPE)


def _looked_at(services: Services) -> Iterator[Metric]:
    """What is only looked at now, each in some milliseconds however much is stored."""
    yield _one("rhapsode_build_info", "1, with the server's version as its label.", 1, version=__version__)
    totals, load = measure_totals(services.records), services.pool.load()
    yield _by("rhapsode_conversions", "Conversions that wait or run.", "state", totals.conversions)
    yield _one("rhapsode_converting_workspaces", "Workspaces that they are of.", totals.workspace_count)
    yield _one("rhapsode_oldest_conversion_seconds", "Age of the oldest of them.", totals.oldest_age_s)
    slices = {"waiting": load.waiting, "running": load.running}
    yield _by(
        "rhapsode_slices", "Stretches of conversions, and single texts, that wait or run.", "state", slices
    )
    yield _one("rhapsode_renderers", "Processes that speak and encode.", services.pool.process_count)
    yield _by("rhapsode_pack_bytes", "Bytes of packs.", "kind", totals.pack_bytes)
    disk = shutil.disk_usage(services.blobs.temporary_directory())
    yield _one("rhapsode_disk_free_bytes", "Free space of the disk that new packs are written to.", disk.free)
    yield _one("rhapsode_disk_size_bytes", "Size of that disk.", disk.total)


def _one(name: str, meaning: str, value: float, **labels: str) -> Metric:
    family = GaugeMetricFamily(name, meaning, labels=list(labels))
    family.add_metric(list(labels.values()), value)
    return family


def _by(name: str, meaning: str, label: str, values: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(name, meaning, labels=[label])
    for value, count in values.items():
        family.add_metric([value], count)
    return family
