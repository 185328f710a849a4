"""The engine `bells` keeps the contract that Rhapsode has with engines."""

from collections.abc import Iterator

import pytest
from rhapsode_bells import BellsEngine

from rhapsode.engines.conformance import Check, Speaker, Subject, list_checks

SUBJECT = Subject(BellsEngine)


@pytest.fixture(scope="module")
def speaker() -> Iterator[Speaker]:
    """One instance for all checks."""
    with SUBJECT.open() as opened:
        yield opened


@pytest.mark.parametrize("check", list_checks(SUBJECT.traits), ids=str)
def test_the_contract(check: Check, speaker: Speaker) -> None:
    """Each check says in a sentence what is wrong."""
    check(speaker)


def test_a_letter_is_as_long_as_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """And speech of another length is another version, so that nothing is made of both."""
    monkeypatch.setenv("RHAPSODE_BELLS_CHARACTER_MS", "20")
    with SUBJECT.open() as short:
        assert short.speak("Bell.").samples.size == 5 * 441
        assert short.traits.version != "1/60"
