"""Receivers in trouble: every event is told, and nobody is asked too often."""

from pathlib import Path

from tests.rounds import rounds

from .webhooks import FAILING, trouble_receivers


def test_a_receiver_that_fails_is_told_when_it_is_well(tmp_path: Path) -> None:
    """At once, or after some attempts; `python -m tests.faults webhooks` takes all troubles."""
    told = trouble_receivers(tmp_path, "500", rounds(3, 1000), FAILING[: rounds(3, 8)])

    assert told.counts["delivered"] == told.counts.total() - told.counts["given_up"] > 0
