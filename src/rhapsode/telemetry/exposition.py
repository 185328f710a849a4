"""Numbers as Prometheus reads them. Source: the text format 0.0.4 of Prometheus."""

from collections.abc import Iterable, Iterator
from itertools import accumulate

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from rhapsode.telemetry.counting import Counter, Gauge, Histogram
from rhapsode.telemetry.metrics import METRICS

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4


def expose(looked_at: Iterable[Metric]) -> bytes:
    """All that was counted in this process, its memory and processor, and what was looked at just now."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(_Given([*map(_family, METRICS), *looked_at]))
    return generate_latest(registry)


class _Given:
    """A collector of what is there."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _family(metric: Counter | Gauge | Histogram) -> Metric:
    if isinstance(metric, Gauge):
        return GaugeMetricFamily(metric.name, metric.meaning, metric.value)
    if isinstance(metric, Counter):
        return _counter_family(metric)
    histogram = HistogramMetricFamily(metric.name, metric.meaning, labels=metric.labels)
    for labels, counts in list(metric.counts.items()):
        histogram.add_metric(labels, list(_buckets(metric.bounds, counts)), metric.sums[labels])
    return histogram


def _counter_family(metric: Counter) -> Metric:
    family = CounterMetricFamily(metric.name, metric.meaning, labels=metric.labels)
    none: dict[tuple[str, ...], float] = {(value,): 0 for value in metric.known} if metric.labels else {(): 0}
    for labels, value in (none | metric.values).items():
        family.add_metric(labels, value)
    return family


def _buckets(bounds: Iterable[float], counts: Iterable[int]) -> Iterator[tuple[str, float]]:
    """Each bound with how many are no larger, as Prometheus counts them."""
    return zip([*map(str, map(float, bounds)), "+Inf"], accumulate(counts), strict=True)
