"""Numbers add up, here and from other processes, and are exposed as Prometheus reads them."""

import re

import pytest
from prometheus_client.parser import text_string_to_metric_families

from rhapsode.telemetry.counting import Counter, Gauge, Histogram, add_changes, take_changes
from rhapsode.telemetry.exposition import expose
from rhapsode.telemetry.metrics import LOOP_LAG_SECONDS, METRICS, REQUESTS


def test_a_counter_adds_up_by_labels() -> None:
    """Each combination of labels has its own number; one label too few is a mistake of ours."""
    counter = Counter("apples", "Apples.", ("colour",))
    counter.add(1, "red")
    counter.add(2, "red")
    counter.add(0.5, "green")

    assert counter.values == {("red",): 3, ("green",): 0.5}
    with pytest.raises(AssertionError):
        counter.add(1)


def test_changes_are_told_once() -> None:
    """What was taken is gone where it was counted, and added where it is brought."""
    there, here = ({"apples": Counter("apples", "Apples.", ("colour",))} for _ in range(2))
    here["apples"].add(1, "red")
    there["apples"].add(2, "red")

    add_changes(here, take_changes(there))
    add_changes(here, take_changes(there))

    assert here["apples"].values == {("red",): 3}


def test_a_gauge_goes_down_again_after_an_error() -> None:
    """Nothing that has failed is counted as running for ever."""
    gauge = Gauge("running", "Running.")

    def fail() -> None:
        with gauge.one_more():
            assert gauge.value == 1
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert gauge.value == 0


def test_a_value_at_a_bound_is_in_its_bucket() -> None:
    """As Prometheus has it: a bucket has what is no larger than its bound."""
    histogram = Histogram("sizes", "Sizes.", (1, 2))
    for size in (0.5, 1, 1.5, 2, 3):
        histogram.observe(size)

    assert histogram.counts[()] == [2, 2, 1]
    assert histogram.sums[()] == 8


def test_prometheus_reads_what_is_exposed() -> None:
    """Every metric is there, with its meaning; buckets add up to the count."""
    REQUESTS.add(1, 'odd "name"\n', "GET", "200")
    LOOP_LAG_SECONDS.observe(0.002)

    families = {family.name: family for family in text_string_to_metric_families(expose([]).decode())}

    assert {metric.name for metric in METRICS} <= families.keys()
    assert all(families[metric.name].documentation == metric.meaning for metric in METRICS)
    samples = {(s.name, s.labels.get("le")): s.value for s in families[LOOP_LAG_SECONDS.name].samples}
    count = samples[f"{LOOP_LAG_SECONDS.name}_count", None]
    assert samples[f"{LOOP_LAG_SECONDS.name}_bucket", "+Inf"] == count >= 1
    assert samples[f"{LOOP_LAG_SECONDS.name}_bucket", "0.005"] >= 1
    assert any(s.labels["operation"] == 'odd "name"\n' for s in families[REQUESTS.name].samples)


def test_names_are_as_prometheus_wants_them() -> None:
    """With our prefix, and no two the same."""
    names = [metric.name for metric in METRICS]

    assert all(re.fullmatch(r"rhapsode_[a-z_]+", name) for name in names)
    assert len(set(names)) == len(names)
