"""Whether a small project gets its turn beside large ones, and whether the cores are busy meanwhile.

Five workspaces of one server ask for ten conversions at once: two books, and eight projects of one page. How long
each page takes is compared with how long one takes alone, and in the middle of the run the processors are watched.

    python -m benchmarks.fairness ../shared/corpus/epub/time-machine.epub BOOK
"""

import argparse
import statistics
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil

from benchmarks.server import make_project, serving
from rhapsode.access.keys import create_api_key
from rhapsode.storage.directory import DataDirectory
from rhapsode.storage.records import Records, ensure_workspace
from rhapsode.studio.ids import WorkspaceId

WORKSPACES = 5
PAGES = 8
POLL_S = 0.02
WARM_UP_S = 3.0
PAGE = " ".join(
    f"The keeper of lamp number {number} climbed the stairs and looked at the sea." for number in range(25)
)


def make_workspaces(data: Path) -> list[str]:
    """A key for each."""
    with DataDirectory.open(data, "benchmark") as directory:
        records = Records.open_sqlite(directory.records_path)
        keys = []
        for number in range(WORKSPACES):
            workspace_id = WorkspaceId(f"benchmark{number}")
            with records.write(workspace_id) as tx:
                ensure_workspace(tx)
            keys.append(create_api_key(records, workspace_id, name="benchmark").secret)
        records.close()
    return keys


def make_page(client: httpx.Client, number: int) -> str:
    """A project of one page, whose words nobody has spoken."""
    text = f"Page {number} of {time.time_ns()}. {PAGE}".encode()
    answer = client.post(
        "/v1/studio/projects", data={"name": f"Page {number}"}, files={"from_document": ("page.txt", text)}
    )
    return str(answer.raise_for_status().json()["project"]["project_id"])


def convert(client: httpx.Client, project_id: str) -> float:
    """Seconds until a project is converted."""
    path, started_at_s = f"/v1/studio/projects/{project_id}", time.perf_counter()
    client.post(f"{path}/convert").raise_for_status()
    while client.get(path).raise_for_status().json()["state"] != "default":
        time.sleep(POLL_S)
    return time.perf_counter() - started_at_s


def watch_processors(over: threading.Event, shares: list[float]) -> None:
    """How busy all cores are, once a second."""
    psutil.cpu_percent()
    while not over.wait(1):
        shares.append(psutil.cpu_percent() / 100)


def measure(clients: list[httpx.Client], books: list[Path]) -> None:
    """The pages alone, then everything at once."""
    alone_s = statistics.median(convert(clients[0], make_page(clients[0], number)) for number in range(5))
    print(f"a page alone: {alone_s:.2f} s (median of 5)")
    large = [(clients[number], make_project(clients[number], book)) for number, book in enumerate(books)]
    small = [(clients[n % WORKSPACES], make_page(clients[n % WORKSPACES], n)) for n in range(PAGES)]
    shares: list[float] = []
    over = threading.Event()
    watcher = threading.Thread(target=watch_processors, args=(over, shares))
    with ThreadPoolExecutor(len(large) + len(small)) as threads:
        running = [threads.submit(convert, *project) for project in large]
        time.sleep(WARM_UP_S)
        watcher.start()
        pages = [threads.submit(convert, *project) for project in small]
        waits_s = sorted(page.result() for page in pages)
        books_s = [book.result() for book in running]
    over.set()
    watcher.join()
    middle = shares[len(shares) // 4 : 3 * len(shares) // 4]
    print(
        f"{PAGES} pages beside {len(books)} books: median {statistics.median(waits_s):.2f} s, "
        f"last {waits_s[-1]:.2f} s; ratio to one alone {statistics.median(waits_s) / alone_s:.1f}, "
        f"last {waits_s[-1] / alone_s:.1f}; books {', '.join(f'{book:.0f} s' for book in books_s)}"
    )
    print(f"cores busy in the middle of the run: {statistics.mean(middle):.0%}")


def one_page(clients: list[httpx.Client], book: Path) -> None:
    """A single page beside one book: what it waits when nobody but the book is there."""
    alone_s = statistics.median(convert(clients[0], make_page(clients[0], number)) for number in range(3))
    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(convert, clients[1], make_project(clients[1], book))
        time.sleep(WARM_UP_S)
        waits_s = [convert(clients[0], make_page(clients[0], number)) for number in range(5)]
        running.result()
    print(
        f"one page after the other beside a book: median {statistics.median(waits_s):.2f} s, "
        f"ratio to one alone {statistics.median(waits_s) / alone_s:.1f}"
    )


def main() -> None:
    """Serve five workspaces, and print what they waited."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("books", type=Path, nargs=2)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rhapsode-bench-") as folder:
        data = Path(folder) / "data"
        keys = make_workspaces(data)
        with serving(data) as server:
            clients = [
                httpx.Client(base_url=server.url, headers={"xi-api-key": key}, timeout=600, trust_env=False)
                for key in keys
            ]
            one_page(clients, arguments.books[0])
            measure(clients, arguments.books)
            for client in clients:
                client.close()


if __name__ == "__main__":
    main()
