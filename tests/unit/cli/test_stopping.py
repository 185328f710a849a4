"""Signals that nothing loses."""

import contextlib
import signal
from collections.abc import Callable

import pytest

from rhapsode.cli.stopping import StopRequest, never, raise_if_interrupted, stopped_by_signals


class _Dying:
    """Is sent a signal while it dies, where Python ignores all that is raised."""

    def __init__(self, number: signal.Signals) -> None:
        self._number = number

    def __del__(self) -> None:
        signal.raise_signal(self._number)


def _die_in_time(number: signal.Signals) -> None:
    _Dying(number)


def _catch_all(number: signal.Signals) -> None:
    with contextlib.suppress(BaseException):
        signal.raise_signal(number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("swallow", [_die_in_time, _catch_all])
@pytest.mark.parametrize("heed", [raise_if_interrupted, StopRequest(never).raise_if_asked, lambda: None])
def test_a_signal_that_is_swallowed_is_heeded_later(
    swallow: Callable[[signal.Signals], None],
    heed: Callable[[], None],
    number: signal.Signals,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """At the next safe point, or at the end of the command, and nothing is said of what was ignored."""
    steps: list[str] = []

    def command() -> None:
        with stopped_by_signals():
            swallow(number)
            steps.append("went on")
            heed()

    with pytest.raises(KeyboardInterrupt):
        command()

    assert steps == ["went on"]
    assert capsys.readouterr().err == ""
    raise_if_interrupted()


def test_other_errors_that_are_ignored_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    """As Python tells them."""

    class Broken:
        def __del__(self) -> None:
            msg = "a fault"
            raise ValueError(msg)

    with stopped_by_signals():
        Broken()

    assert "ValueError: a fault" in capsys.readouterr().err
