"""One nursery for all tests of faults, and what an undisturbed run looks like."""

from collections.abc import Iterator

import pytest
from tests.faults.kill import Victim, a_victim
from tests.faults.program import Nursery, nursery


@pytest.fixture(scope="session")
def place() -> Iterator[Nursery]:
    """Where processes are started that have the shim between them and the system."""
    with nursery() as running:
        yield running


@pytest.fixture(scope="session")
def victim(place: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Victim]:
    """What can be killed, and goes on."""
    with a_victim(place, tmp_path_factory.mktemp("victim")) as found:
        yield found
