"""Downloads that are being sent, and what clean-up leaves them."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.factories import (
    TONE_LOW,
    WORKSPACE,
    Studio,
    make_document,
    make_document_chapter,
    open_studio,
)

from rhapsode.delivery.download import Download
from rhapsode.delivery.downloads import open_book, open_item, open_items
from rhapsode.delivery.running import RunningDownloads
from rhapsode.delivery.wav_copy import open_item_wav, open_wav
from rhapsode.rendering.speak import SpeakRequest
from rhapsode.storage import history, projects, schema
from rhapsode.storage.check import check_storage
from rhapsode.storage.cleanup import BEFORE_DOWNLOADS_MS, CleanupPolicy, clean_up
from rhapsode.studio.ids import HistoryItemId, ProjectId, ProjectSnapshotId

pytestmark = pytest.mark.slow

HOUR_MS = 3600 * 1000
DAY_MS = 24 * HOUR_MS

POLICY = CleanupPolicy(
    unused_segment_ms=DAY_MS,
    unused_bytes=10_000,
    download_ms=1_000 * DAY_MS,
    live_share=0.9,
    small_pack_count=3,
    small_pack_bytes=2**20,
)
"""Hasty, so that every step has something to do each time, but with downloads, which here may take months."""

AGING = (
    schema.segments.c.used_at_ms,
    schema.packs.c.created_at_ms,
    schema.packs.c.retired_at_ms,
    schema.projects.c.deleted_at_ms,
    schema.history_files.c.created_at_ms,
    schema.deleted_files.c.deleted_at_ms,
)


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path) as studio:
        yield studio


def test_the_oldest_is_the_one_that_runs_the_longest() -> None:
    """Whichever ends first; none where none runs, also when one has failed."""
    now_ms = 100
    running = RunningDownloads(lambda: now_ms)
    assert running.oldest_started_at_ms() is None
    first, second = running.download(), running.download()
    first.__enter__()
    now_ms = 200
    second.__enter__()
    assert running.oldest_started_at_ms() == 100
    first.__exit__(None, None, None)
    assert running.oldest_started_at_ms() == 200
    second.__exit__(None, None, None)
    assert running.oldest_started_at_ms() is None
    with pytest.raises(OSError, match="gone"), running.download():
        raise OSError("gone")
    assert running.oldest_started_at_ms() is None


def grow_older(studio: Studio, ms: int) -> None:
    """Let time pass for everything that ages."""
    with studio.records.write(WORKSPACE) as tx:
        for column in AGING:
            tx.connection.execute(sa.update(column.table).values({column: column - ms}))


def clean(studio: Studio, oldest_download_at_ms: int | None, *, policy: CleanupPolicy = POLICY) -> None:
    with studio.records.read(WORKSPACE) as tx:
        now_ms = tx.now_ms
    for _ in range(2):
        clean_up(
            studio.records,
            studio.blobs,
            policy,
            now_ms=now_ms + 1,
            oldest_download_at_ms=oldest_download_at_ms,
        )


def speak(studio: Studio, text: str) -> HistoryItemId:
    request = SpeakRequest(text, TONE_LOW, "mp3_44100_128", "rhapsode_v1", "request")
    return studio.speaking.speak(WORKSPACE, request).history_item_id


def delete_item(studio: Studio, item_id: HistoryItemId) -> None:
    with studio.records.write(WORKSPACE) as tx:
        history.delete_item(tx, item_id)


def started_at(studio: Studio) -> int:
    with studio.records.read(WORKSPACE) as tx:
        return tx.now_ms


def item_packs(studio: Studio) -> int:
    with studio.records.read(WORKSPACE) as tx:
        count = sa.select(sa.func.count()).select_from(schema.packs).where(schema.packs.c.kind == "audio")
        return tx.connection.execute(count).scalar_one()


def test_a_download_of_three_days_is_safe(studio: Studio) -> None:
    """What is deleted after it began goes when it has ended, and not before; without it, it would have gone."""
    item_id = speak(studio, "It rained.")
    download = open_item(studio.records, studio.blobs, WORKSPACE, item_id, None)
    expected, began_ms = b"".join(download.content), started_at(studio)
    delete_item(studio, item_id)
    for day in range(1, 4):
        grow_older(studio, DAY_MS)
        clean(studio, began_ms - day * DAY_MS)
        assert b"".join(download.read(0, 400)) == expected[:400]
    assert b"".join(download.content) == expected

    for _ in range(3):
        clean(studio, None)
        grow_older(studio, 2 * DAY_MS)
    assert item_packs(studio) == 0


def test_a_client_that_has_forgotten_its_download_is_not_waited_for(studio: Studio) -> None:
    """Space comes free in the end."""
    delete_item(studio, speak(studio, "It rained."))
    began_ms = started_at(studio)
    left = []
    for _ in range(8):
        grow_older(studio, 10 * DAY_MS)
        began_ms -= 10 * DAY_MS
        clean(studio, began_ms, policy=CleanupPolicy())
        left.append(item_packs(studio))
    assert left[:3] == [1, 1, 1]
    assert left[-1] == 0


def test_what_was_due_before_a_download_began_goes(studio: Studio) -> None:
    """A server that always sends something is cleaned up all the same."""
    delete_item(studio, speak(studio, "It rained."))
    clean(studio, started_at(studio))
    for _ in range(3):
        grow_older(studio, DAY_MS + BEFORE_DOWNLOADS_MS)
        clean(studio, started_at(studio))
    assert item_packs(studio) == 0


# A walk


@dataclass
class Begun:
    """A download that is being sent. expected: its bytes, as they were when it began."""

    started_at_ms: int
    download: Download
    expected: bytes
    given: bytearray = field(default_factory=bytearray)

    def give(self, share: float) -> None:
        """Send so much of it. Nothing is read ahead: whatever isn't sent yet has to be found later."""
        end = min(len(self.expected), len(self.given) + int(share * len(self.expected)) + 1)
        for block in self.download.read(len(self.given), end):
            self.given += block
        assert self.given == self.expected[:end]


@dataclass
class Walk:
    """Random steps on a studio whose clean-up has no patience, and downloads that take days."""

    studio: Studio
    rng: random.Random
    items: list[HistoryItemId] = field(default_factory=list)
    books: list[tuple[ProjectId, ProjectSnapshotId]] = field(default_factory=list)
    running: list[Begun] = field(default_factory=list)
    made: int = 0
    ended: int = 0

    def step(self) -> None:
        steps: dict[Callable[[], None], int] = {
            self.speak: 4,
            self.convert: 2,
            self.begin: 6,
            self.go_on: 6,
            self.delete_item: 3,
            self.delete_book: 1,
            self.sleep: 6,
            self.clean: 6,
        }
        (step,) = self.rng.choices(list(steps), list(steps.values()))
        step()

    def speak(self) -> None:
        self.made += 1
        self.items.append(speak(self.studio, f"Number {self.made}. It rained. "))

    def convert(self) -> None:
        """Edit the book, or make it anew where it was deleted."""
        self.made += 1
        edited = make_document_chapter(f"Edition {self.made}.", "Nobody came.")
        document = make_document(edited, make_document_chapter("The sea was flat."))
        project_id = self.studio.save(document)
        self.books.append((project_id, self.studio.convert(document)))

    def begin(self) -> None:
        download = self._any_download()
        if download is not None:
            self.running.append(Begun(started_at(self.studio), download, b"".join(download.content)))

    def _any_download(self) -> Download | None:
        of = self.studio.records, self.studio.blobs, WORKSPACE
        kind = self.rng.choice(("item", "items", "wav", "archive", "audio", "book wav"))
        if kind in ("item", "items", "wav") and self.items:
            chosen = self.rng.sample(self.items, min(len(self.items), 4))
            if kind == "items":
                return open_items(*of, chosen, None)
            return open_item_wav(*of, chosen[0]) if kind == "wav" else open_item(*of, chosen[0], None)
        if kind not in ("archive", "audio", "book wav") or not self.books:
            return None
        _, snapshot_id = self.rng.choice(self.books)
        if kind == "book wav":
            return open_wav(*of, self.studio.project_snapshot(snapshot_id))
        return open_book(*of, snapshot_id, "zip" if kind == "archive" else "mp3")

    def go_on(self) -> None:
        """Send a part of a download, or the rest of it."""
        if self.running:
            begun = self.rng.choice(self.running)
            begun.give(self.rng.choice((0.1, 0.3, 1)))
            if len(begun.given) == len(begun.expected):
                self.running.remove(begun)
                self.ended += 1

    def delete_item(self) -> None:
        if self.items:
            item_id = self.items.pop(self.rng.randrange(len(self.items)))
            delete_item(self.studio, item_id)

    def delete_book(self) -> None:
        if self.books:
            project_id, _ = self.rng.choice(self.books)
            self.books = [book for book in self.books if book[0] != project_id]
            with self.studio.records.write(WORKSPACE) as tx:
                projects.delete_project(tx, project_id)

    def sleep(self) -> None:
        """Hours or days pass, for downloads too."""
        ms = int(self.rng.choice((0.2, 0.6, 1.1, 3)) * DAY_MS)
        grow_older(self.studio, ms)
        for begun in self.running:
            begun.started_at_ms -= ms

    def clean(self) -> None:
        clean(self.studio, min((begun.started_at_ms for begun in self.running), default=None))


@pytest.mark.parametrize("seed", range(2))
def test_every_download_that_has_begun_ends_with_its_bytes(studio: Studio, seed: int) -> None:
    """Whatever is deleted, cleaned away and rewritten while it runs; and in the end nothing is left over."""
    walk = Walk(studio, random.Random(seed))
    while walk.ended < 5:
        walk.step()
    for begun in walk.running:
        if len(begun.given) < len(begun.expected):
            begun.give(1)
    assert check_storage(studio.records, studio.blobs).problems == ()
    for item_id in walk.items:
        delete_item(studio, item_id)
    for project_id in {project_id for project_id, _ in walk.books}:
        with studio.records.write(WORKSPACE) as tx:
            projects.delete_project(tx, project_id)
    for _ in range(5):
        grow_older(studio, 3 * DAY_MS)
        clean(studio, None)
    with studio.records.read(WORKSPACE) as tx:
        left = tx.connection.execute(sa.select(sa.func.count()).select_from(schema.packs)).scalar_one()
    assert left == 0
