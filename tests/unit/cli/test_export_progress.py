"""Waiting for an export."""

import signal

import pytest

from rhapsode.api.export_models import ExportModel
from rhapsode.cli.export_progress import watch_export
from rhapsode.cli.stopping import StopRequest


def test_whoever_stops_is_told_that_it_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    """As with a narration, so that nobody fears for an hour of encoding."""
    stop = StopRequest()
    unfinished = ExportModel(format="m4b", status="in_progress", progress=0.5)

    with pytest.raises(KeyboardInterrupt):
        watch_export(lambda: unfinished, stop, lambda _wait_s: stop.note(signal.SIGINT, None))

    told = capsys.readouterr().err
    assert "Stopping: what is encoded is kept, and the same command goes on from there." in told
