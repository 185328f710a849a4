"""The contract `Engine`, for every engine there is (tests.engine_subjects)."""

import functools
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from tests.engine_subjects import SUBJECTS
from tests.lacking import lack

from rhapsode.engines import registry
from rhapsode.engines.conformance import Check, Speaker, list_checks


def _checks_of(name: str) -> list[Check]:
    """Those that say something of an engine, which are decided by its traits; none where it isn't installed."""
    if name not in registry.list_engines():
        return []
    return list_checks(registry.get_engine(name).traits)


CASES = [pytest.param(name, check, id=f"{name}-{check}") for name in SUBJECTS for check in _checks_of(name)]


@pytest.fixture(scope="module")
def speakers() -> Iterator[Callable[[str], Speaker]]:
    """Each engine that is checked: one instance for all of its checks, as to start one takes a while."""
    with ExitStack() as opened:

        @functools.cache
        def speaker_of(name: str) -> Speaker:
            subject = opened.enter_context(SUBJECTS[name](name))
            return opened.enter_context(subject.open())

        yield speaker_of


@pytest.mark.parametrize(("name", "check"), CASES)
def test_an_engine_keeps_the_contract(name: str, check: Check, speakers: Callable[[str], Speaker]) -> None:
    """Each check says in a sentence what is wrong."""
    check(speakers(name))


@pytest.mark.parametrize("name", SUBJECTS)
def test_every_engine_is_there(name: str) -> None:
    """What isn't installed isn't checked, which in CI is a failure."""
    if name not in registry.list_engines():
        lack(f"the engine {name} is not installed")
