"""Numbers that are only looked at when somebody asks, each in some milliseconds however much is stored."""

import contextlib
import shutil
from collections.abc import Iterator, Mapping

from prometheus_client.core import GaugeMetricFamily, Metric

from rhapsode import __version__
from rhapsode.api.context import Observed
from rhapsode.storage.totals import measure_totals
from rhapsode.studio.errors import RhapsodeError
from rhapsode.telemetry.readiness import Report


def look_at(observed: Observed, report: Report) -> Iterator[Metric]:
    """All of them; what can't be had now is left out, as readiness says why."""
    ready = {name: int(look.state == "ok") for name, look in report.looks.items()}
    yield _by(
        "rhapsode_ready", "1 for each thing that requests need and that is there, else 0.", "check", ready
    )
    yield _one("rhapsode_build_info", "1, with the server's version as its label.", 1, version=__version__)
    load = observed.pool.load()
    slices = {"waiting": load.waiting, "running": load.running}
    yield _by(
        "rhapsode_slices", "Stretches of conversions, and single texts, that wait or run.", "state", slices
    )
    yield _one("rhapsode_renderers", "Processes that speak and encode.", observed.pool.process_count)
    with contextlib.suppress(RhapsodeError, OSError):
        yield from _stored(observed)
        yield from _disk(observed)


def _stored(observed: Observed) -> Iterator[Metric]:
    totals = measure_totals(observed.records)
    conversions = {"in_queue": 0, "converting": 0, **totals.conversions}
    yield _by("rhapsode_conversions", "Conversions that wait or run.", "state", conversions)
    yield _one("rhapsode_converting_workspaces", "Workspaces that they are of.", totals.workspace_count)
    yield _one("rhapsode_oldest_conversion_seconds", "Age of the oldest of them.", totals.oldest_age_s)
    yield _by("rhapsode_pack_bytes", "Bytes of packs.", "kind", totals.pack_bytes)


def _disk(observed: Observed) -> Iterator[Metric]:
    disk = shutil.disk_usage(observed.blobs.temporary_directory())
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
