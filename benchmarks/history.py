"""What a page of history takes when a million items are in it.

A data directory is filled with items of two workspaces, `rhapsode serve` is started on it, and requests of each kind
are made over HTTP, some hundreds of times. The times are compared with those of a bare page, in the same run: SQLite
reads a hundred rows of the same file, and that is all.

    python -m benchmarks.history
"""

import argparse
import functools
import itertools
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from benchmarks.server import serving
from rhapsode.access.keys import create_api_key
from rhapsode.storage import schema
from rhapsode.storage.directory import DataDirectory
from rhapsode.storage.history_index import fill_index
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID, Records, ensure_workspace
from rhapsode.studio.ids import WorkspaceId, new_id

ITEMS = 1_000_000
OTHER_SHARE = 25  # one item of so many is another workspace's
OTHER = WorkspaceId("other")
START_MS, STEP_MS = 1_700_000_000_000, 777
DAY_S = 86_400
PAGE = 100
ROWS_AT_ONCE = 20_000
ONSETS = [*"tnsrhldmcpfgwbvkz", "sh", "ch", "st"]
SYLLABLES = [onset + vowel for vowel, onset in itertools.product("eaiou", ONSETS)]
EVERYWHERE, ONCE, RARE_VOICE = "harbour", "quartzite", "voice_rare"


@dataclass(frozen=True)
class Kind:
    """A kind of request: its query, made anew each time, and whose key it has."""

    name: str
    query: Callable[[random.Random], dict[str, Any]]
    workspace_id: WorkspaceId = DEFAULT_WORKSPACE_ID


def words() -> list[str]:
    """The most frequent first: short ones, then longer ones."""
    return ["".join(joined) for length in (1, 2) for joined in itertools.product(SYLLABLES, repeat=length)]


WORDS = words()
WEIGHTS = list(itertools.accumulate(1 / rank for rank in range(1, len(WORDS) + 1)))


def make_row(number: int, chance: random.Random) -> dict[str, Any]:
    """An item. Every text of the default workspace has one word in common, which no other's has."""
    is_other = number % OTHER_SHARE == 0
    created_at_ms = START_MS + number * STEP_MS
    said = chance.choices(WORDS, cum_weights=WEIGHTS, k=15)
    if not is_other:
        said.insert(chance.randrange(15), EVERYWHERE)
    if number == ITEMS // 3 * 2 + 1:
        said.append(ONCE)
    voice_id = RARE_VOICE if number % 100_000 == 7 else f"voice_{number % 10}"
    return {
        "history_item_id": new_id(created_at_ms),
        "workspace_id": OTHER if is_other else DEFAULT_WORKSPACE_ID,
        "request_id": "request",
        "source": "Projects" if number % 50 == 3 else "TTS",
        "voice_id": voice_id,
        "voice_name": "Voice",
        "voice_category": "premade",
        # So that the voices with even numbers never speak with the odd model.
        "model_id": f"model_{number % 2}",
        "language": "en",
        "settings": "{}",
        "output_format": "mp3_44100_128",
        "character_count": 90,
        "created_at_ms": created_at_ms,
        "text": " ".join(said),
    }


def fill(data: Path) -> dict[WorkspaceId, str]:
    """Make all items; a key for each workspace."""
    with DataDirectory.open(data, "benchmark") as directory:
        records = Records.open_sqlite(directory.records_path)
        with records.write(OTHER) as tx:
            ensure_workspace(tx)
        chance = random.Random(1)
        for start in range(0, ITEMS, ROWS_AT_ONCE):
            rows = [make_row(number, chance) for number in range(start, start + ROWS_AT_ONCE)]
            with records.write(DEFAULT_WORKSPACE_ID) as tx:
                tx.connection.execute(schema.history_items.insert(), rows)
        for workspace_id in (DEFAULT_WORKSPACE_ID, OTHER):
            with records.write(workspace_id) as tx:
                fill_index(tx)
        keys = {
            workspace_id: create_api_key(records, workspace_id, name="benchmark").secret
            for workspace_id in (DEFAULT_WORKSPACE_ID, OTHER)
        }
        records.close()
    return keys


def anywhere(chance: random.Random) -> int:
    """A moment at which there are items before and after."""
    return START_MS + chance.randrange(ITEMS // 4, ITEMS * 3 // 4) * STEP_MS


def one_day(chance: random.Random) -> dict[str, Any]:
    """From some moment on."""
    start_s = anywhere(chance) // 1000
    return {"date_after_unix": start_s, "date_before_unix": start_s + DAY_S}


KINDS = (
    Kind("newest", lambda _: {}),
    Kind("oldest", lambda _: {"sort_direction": "asc"}),
    Kind("after an item", lambda chance: {"start_after_history_item_id": new_id(anywhere(chance))}),
    Kind("of a day", one_day),
    Kind("of a voice", lambda chance: {"voice_id": f"voice_{chance.randrange(10)}"}),
    Kind("of a rare voice", lambda _: {"voice_id": RARE_VOICE}),
    Kind("of an unknown voice", lambda _: {"voice_id": "nobody"}),
    Kind("of a source", lambda _: {"source": "Projects"}),
    Kind("of a voice and a model that never met", lambda _: {"voice_id": "voice_2", "model_id": "model_1"}),
    Kind("with a word of every text", lambda _: {"search": EVERYWHERE.upper()}),
    Kind("with a word", lambda chance: {"search": chance.choice(WORDS[100:])}),
    Kind(
        "with the end of a word and the next", lambda chance: {"search": "bour " + chance.choice(WORDS[20:])}
    ),
    Kind("with a word of one text", lambda _: {"search": ONCE}),
    Kind("with a word of no text", lambda _: {"search": "xylophone"}),
    Kind("with two characters", lambda chance: {"search": chance.choice(("ou", "zu", "fa"))}),
    Kind("with two characters of no text", lambda _: {"search": "xx"}),
    Kind("with a word, of a rare voice", lambda _: {"search": EVERYWHERE, "voice_id": RARE_VOICE}),
    Kind("with a word, of a day", lambda chance: {"search": chance.choice(WORDS[20:]), **one_day(chance)}),
    Kind("with a word of others alone", lambda _: {"search": EVERYWHERE}, OTHER),
    Kind("with two frequent words that never meet", lambda _: {"search": f"{EVERYWHERE} {EVERYWHERE}"}),
)


def times_ms(ask: Callable[[random.Random], object], count: int) -> list[float]:
    """How long each of so many requests took, in order of length, after some that aren't counted."""
    chance, measured = random.Random(2), []
    for number in range(-5, count):
        started_at_s = time.perf_counter()
        ask(chance)
        if number >= 0:
            measured.append((time.perf_counter() - started_at_s) * 1000)
    return sorted(measured)


def bare_page(data: Path) -> Callable[[random.Random], object]:
    """A page after an item, by SQLite alone."""
    database = sqlite3.connect(next(data.rglob("records.sqlite3")))
    statement = (
        "SELECT * FROM history_items WHERE workspace_id = ? AND history_item_id < ?"
        f" ORDER BY history_item_id DESC LIMIT {PAGE}"
    )
    return lambda chance: database.execute(
        statement, (DEFAULT_WORKSPACE_ID, new_id(anywhere(chance)))
    ).fetchall()


def measure(data: Path, keys: dict[WorkspaceId, str], count: int) -> Iterator[tuple[str, list[float]]]:
    """Every kind of request, the bare page first."""
    yield "bare page of SQLite", times_ms(bare_page(data), count)
    with serving(data) as server, httpx.Client(base_url=server.url, timeout=60, trust_env=False) as client:

        def ask(kind: Kind, chance: random.Random) -> None:
            headers = {"xi-api-key": keys[kind.workspace_id]}
            query = {"page_size": PAGE, **kind.query(chance)}
            client.get("/v1/history", params=query, headers=headers).raise_for_status()

        for kind in KINDS:
            yield kind.name, times_ms(functools.partial(ask, kind), count)


def main() -> None:
    """Fill a directory, and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=300, help="of each kind")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        started_at_s = time.perf_counter()
        keys = fill(data)
        size_mb = sum(file.stat().st_size for file in data.rglob("*") if file.is_file()) / 1e6
        print(f"{ITEMS:,} items in {time.perf_counter() - started_at_s:.0f} s, {size_mb:.0f} MB")
        print(f"{'a page':<42}{'p50, ms':>9}{'p99, ms':>9}{'p50 to bare':>13}{'p99 to bare':>13}")
        bare: tuple[float, float] | None = None
        for name, measured in measure(data, keys, arguments.requests):
            p50_ms, p99_ms = statistics.median(measured), measured[int(len(measured) * 0.99)]
            bare = bare or (p50_ms, p99_ms)
            print(
                f"{name:<42}{p50_ms:>9.1f}{p99_ms:>9.1f}{p50_ms / bare[0]:>13.1f}{p99_ms / bare[1]:>13.1f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
