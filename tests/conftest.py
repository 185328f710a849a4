"""What tests of several rooms need."""

import gc
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest
from tests.lacking import lack
from tests.postgres import EVERYWHERE, PostgresServer, postgres_server, use_everywhere
from tests.rounds import rounds

from rhapsode.telemetry.logs import configure_logs

TESTS = Path(__file__).parent
ROOT = TESTS.parent
QUICK = "not slow"
CORPUS = ROOT.parent / "shared" / "corpus"

# A machine that is busy makes no test fail, and in CI a failure is the same one every time.
_EXAMPLES = rounds(40, 200)
hypothesis.settings.register_profile("local", deadline=None, max_examples=_EXAMPLES)
hypothesis.settings.register_profile("ci", deadline=None, max_examples=_EXAMPLES, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "local")

# Some tests run models by themselves, and onnxruntime would tell its maker.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

# What structlog does of its own accord draws a picture of each exception, with all variables of all frames: up to a
# second each.
configure_logs("debug")

# Where the environment forbids it, every program that tests start compiles its modules anew, for another second.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


def pytest_configure(config: pytest.Config) -> None:
    """Let tests leave records open, as many do: a file of SQLite doesn't mind, and here no test wants to know."""
    if EVERYWHERE:
        config.addinivalue_line("filterwarnings", "ignore:<psycopg.Connection:ResourceWarning")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave alone what has no test of the quick part, where only that is asked for: to import it takes seconds."""
    if config.option.markexpr == QUICK and collection_path.parent == TESTS and collection_path.is_dir():
        return collection_path.name != "unit"
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all that needs servers and programs as slow: the quick part is the unit tests."""
    for item in items:
        if "unit" not in item.path.relative_to(ROOT).parts:
            item.add_marker(pytest.mark.slow)


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over modules and tests, all of which stay: it took a sixth of the time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A server of Postgres, for as long as this process runs tests."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session", autouse=EVERYWHERE)
def _records_on_postgres(request: pytest.FixtureRequest) -> Iterator[None]:
    if not EVERYWHERE:
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        use_everywhere(patch, request.getfixturevalue("postgres"))
        yield


@pytest.fixture(scope="session")
def corpus() -> Callable[[str], Path]:
    """Find a file of the corpus of real books; skip where it is missing, but fail in CI."""

    def find(name: str) -> Path:
        path = CORPUS / name
        if not path.exists():
            lack(f"the corpus of real documents is not beside this checkout: {name}")
        return path

    return find
