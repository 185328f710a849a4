"""Books narrated by a server on another machine, over the API that everybody has: several of them at once."""

import contextlib
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait

from rich.progress import BarColumn, Progress, TaskID, TextColumn

from rhapsode.cli.batch.fetching import fetch
from rhapsode.cli.batch.journal import Done, Journal
from rhapsode.cli.batch.metadata import COLUMNS
from rhapsode.cli.batch.orders import Ledger, Order, content_digest
from rhapsode.cli.batch.projects import Projects
from rhapsode.cli.batch.voices import Voices
from rhapsode.cli.batch.wire import Setback, Wire
from rhapsode.cli.console import counted, errors, progress_bar
from rhapsode.cli.stopping import raise_if_interrupted
from rhapsode.studio.errors import InvalidInput, ServerGone

_LOOK_S = 0.5
_UNSAYABLE = frozenset({"chapters", "include", "exclude"})
"""What the API has no word for."""


class Elsewhere:
    """Narrators behind an address, until the `with` block ends."""

    columns: Collection[str] = tuple(column for column in COLUMNS if column not in _UNSAYABLE)

    def __init__(self, url: str, key: str, journal: Journal, jobs: int) -> None:
        self._stop = threading.Event()
        self._wire = Wire(url, key, self._stop)
        self._projects = Projects(self._wire, journal, Voices(self.list_voices))
        self._jobs = jobs

    def __enter__(self) -> "Elsewhere":
        """Raises: ServerGone, InvalidInput, when nothing could be done there: an address or a key may be wrong."""
        try:
            self._wire.ask_once("GET", "/v1/user")
        except Setback as setback:
            msg = f"{self._wire.url} can't be reached: {setback}."
            raise ServerGone(msg) from setback
        return self

    def __exit__(self, *error: object) -> None:
        self._wire.close()

    def list_voices(self) -> list[tuple[str, str]]:
        """See Narrators."""
        voices = self._wire.ask("GET", "/v1/voices")["voices"]
        return [(voice["voice_id"], voice["name"]) for voice in voices]

    def check(self, orders: Sequence[Order]) -> None:
        """See Narrators."""
        for order in orders:
            language = order.wishes.language
            if language is not None and len(language) != 2:
                msg = f"{order.book.name}: with --server a language has two letters, and not {language!r}."
                raise InvalidInput(msg)

    def narrate(self, ledger: Ledger, orders: list[Order], is_over: Callable[[], bool]) -> list[Order]:
        """See Narrators. What a server has begun it goes on with, whatever the hours are."""
        left: list[str] = []
        with _Bars() as bars:

            def carry_out(order: Order) -> None:
                if is_over():
                    left.append(order.book.name)
                    return
                with bars.of(order.book.name) as show:
                    ledger.carry_out(order, lambda: self._narrate(order, show))

            threads = ThreadPoolExecutor(self._jobs, "narrating")
            try:
                _wait_for([threads.submit(carry_out, order) for order in orders])
            except KeyboardInterrupt:
                errors.print(
                    "Stopping: the server goes on with what it has begun, and the same command fetches it."
                )
                raise
            finally:
                # Whoever is stopped doesn't wait for answers.
                self._stop.set()
                threads.shutdown(wait=False, cancel_futures=True)
        self._stop.clear()
        return [order for order in orders if order.book.name in set(left)]

    def _narrate(self, order: Order, show: Callable[[str, float], None]) -> Done:
        content = order.read()
        digest = content_digest(content)
        show("sending", 0.0)
        project_id = self._projects.keep(order, content, digest)
        del content
        snapshot_id, title = self._projects.convert(project_id, lambda share: show("narrating", share))
        snapshot = f"studio/projects/{project_id}/snapshots/{snapshot_id}"
        self._fetch(order, snapshot, show)
        return self._made(order, digest, title, snapshot)

    def _fetch(self, order: Order, snapshot: str, show: Callable[[str, float], None]) -> None:
        path, params = f"/v1/{snapshot}/archive", {}
        if order.format != "zip":
            path, params = f"/rhapsode/v1/{snapshot}/export", {"format": order.format}
        fetch(
            self._wire, path, params, order.target, lambda came, size: show("fetching", came / max(size, 1))
        )

    def _made(self, order: Order, digest: str, title: str, snapshot: str) -> Done:
        report = self._wire.ask("GET", f"/rhapsode/v1/{snapshot}/report", params={"format": "json"})
        flawed = sum(len(chapter["flawed_passages"]) for chapter in report["chapters"])
        return order.made(
            digest,
            title=title,
            chapter_count=len(report["chapters"]),
            audio_s=report["duration_secs"],
            flaws=f"{counted(flawed, 'passage')} may be wrong: the project's quality says where."
            if flawed
            else "",
        )


def _wait_for(futures: list[Future[None]]) -> None:
    """Wait in short steps, in which signals are heeded. Raises: what the first of them has raised."""
    waiting = set(futures)
    while waiting:
        raise_if_interrupted()
        done, waiting = wait(waiting, _LOOK_S, FIRST_EXCEPTION)
        for future in done:
            future.result()


class _Bars:
    """A line for each book that is under way, on a terminal. For several threads."""

    def __init__(self) -> None:
        columns = (TextColumn("{task.description}", markup=False), BarColumn())
        self._bars: Progress = progress_bar(*columns, TextColumn("{task.percentage:>3.0f} %"))

    def __enter__(self) -> "_Bars":
        self._bars.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bars.stop()

    @contextlib.contextmanager
    def of(self, name: str) -> Iterator[Callable[[str, float], None]]:
        """The line of one book, told what is being done and which share of it is."""
        task: TaskID = self._bars.add_task(name, total=1.0)
        try:
            yield lambda what, share: self._bars.update(task, description=f"{name}: {what}", completed=share)
        finally:
            self._bars.remove_task(task)
