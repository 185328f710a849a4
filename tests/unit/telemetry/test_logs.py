"""Lines of log: what is in them, and what is kept out."""

import json
from collections.abc import Callable, Iterator

import pytest
import structlog

from rhapsode.telemetry.logs import configure_logs, configured_level


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], str]]:
    """What has been written to standard error; afterwards logs are as they were."""
    before, level = structlog.get_config(), configured_level()
    yield lambda: capsys.readouterr().err
    configure_logs(level)
    structlog.configure(**before)


def test_a_line_is_json_with_what_was_bound(written: Callable[[], str]) -> None:
    """An object for each event from the level on; below it nothing is written."""
    configure_logs("info")
    with structlog.contextvars.bound_contextvars(conversion_id="c1", slice=3):
        structlog.get_logger().info("slice.done", segments=2)
        structlog.get_logger().debug("slice.more")

    (line,) = map(json.loads, written().splitlines())
    assert line.pop("timestamp")
    assert line == {
        "event": "slice.done",
        "level": "info",
        "segments": 2,
        "conversion_id": "c1",
        "slice": 3,
    }
    assert configured_level() == "info"


def test_a_key_is_masked_wherever_it_stands(written: Callable[[], str]) -> None:
    """In values, in the words of errors and in their traces."""
    configure_logs("info")
    try:
        raise ValueError("no voice sk_0123456789abcdef")
    except ValueError as error:
        structlog.get_logger().error("failed", path="/v1/sk_0123456789abcdef/x", exc_info=error)

    line = written()
    assert "0123456789" not in line
    assert json.loads(line)["path"] == "/v1/sk_.../x"
