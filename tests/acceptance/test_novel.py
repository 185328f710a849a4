"""A novel, *Pride and Prejudice*, by the voice that pip alone brings: all of its chapters.

Of one chapter everything is narrated, of the others a paragraph, for the rest would say nothing more; with
RHAPSODE_TEST_FULL their beginnings. benchmarks/convert.py narrates all of it.
"""

import asyncio
import contextlib
import hashlib
import itertools
import os
import re
import shutil
import time
import zipfile
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from elevenlabs import AsyncElevenLabs
from tests.epub_pages import PARAGRAPH, beginning, rewrite, shortest
from tests.rounds import rounds

from rhapsode.app import open_app
from rhapsode.delivery.alignments import AlignedText, iterate_alignment
from rhapsode.documents import import_document
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID
from rhapsode.studio.document import BlockKind
from rhapsode.studio.ids import ChapterSnapshotId

from .decoding import decode
from .program import Rhapsode
from .server import Server, serving
from .stored import copied_records

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

CHAPTERS = 61
PARAGRAPHS = 2043
WHOLE_CHAPTER = 12
"""Its seven paragraphs, which need several slices, are all narrated."""
KEPT_PERCENT = rounds(0, 15)
"""Of each other chapter's paragraphs are narrated, rounded up; where it is none, the shortest."""

ONE_MILLISECOND = 44
"""In samples."""
FRAME_SAMPLES = 1152
SAMPLE_RATE_HZ = 44_100
ROMAN = ((50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))
PAGE = "epub/text/chapter-{}.xhtml"
WHOLE_PAGE = PAGE.format(WHOLE_CHAPTER)


@dataclass(frozen=True)
class Novel:
    """The narrated book."""

    rhapsode: Rhapsode
    book: Path

    @property
    def archive(self) -> Path:
        return self.rhapsode.folder / f"{self.book.stem}.zip"

    def single_file(self) -> Path:
        """The whole book as one MP3, which costs no more than writing it."""
        self.rhapsode.narrate(self.book, "--format", "mp3", voice=None)
        return self.rhapsode.folder / f"{self.book.stem}.mp3"

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """Ask the records directly."""
        with copied_records(self.rhapsode.data) as connection:
            return list(connection.execute(statement))

    def snapshots(self) -> list[tuple[str, int]]:
        """Id and frames of each chapter snapshot in the newest project snapshot, in order."""
        rows = self.query(
            """
            SELECT chapter_snapshot_id, frame_count
            FROM project_snapshot_chapters JOIN chapter_snapshots USING (chapter_snapshot_id)
            WHERE project_snapshot_id = (SELECT max(project_snapshot_id) FROM project_snapshots)
            ORDER BY ordinal
            """
        )
        return [(identifier, frames) for identifier, frames in rows]


@pytest.fixture(scope="module")
def novel(tmp_path_factory: pytest.TempPathFactory, corpus: Callable[[str], Path]) -> Novel:
    """The novel, shortened and narrated once for all tests, from a copy that can be edited."""
    rhapsode = Rhapsode(tmp_path_factory.mktemp("novel"))
    book = Path(shutil.copy(corpus("epub/pride-and-prejudice.epub"), rhapsode.folder))
    others = (number for number in range(1, CHAPTERS + 1) if number != WHOLE_CHAPTER)
    shorten = partial(beginning, kept_percent=KEPT_PERCENT) if KEPT_PERCENT else shortest
    rewrite(book, map(PAGE.format, others), shorten)
    with rhapsode.start("narrate", book, RHAPSODE_PROCESSES="2") as process:
        _, errors = process.communicate(timeout=1500)
    assert process.returncode == 0, errors
    return Novel(rhapsode, book)


def roman(number: int) -> str:
    numeral = ""
    for value, letters in ROMAN:
        numeral += letters * (number // value)
        number %= value
    return numeral


def printed(page: str) -> list[str]:
    """Heading and paragraphs of a page of the book, found by a plain search, without any space."""
    found = re.findall(r"<(h2|p)(?: [^>]*)?>(.*?)</\1>", page, re.DOTALL)
    return [without_space(re.sub(r"<[^>]+>", "", content)) for _, content in found]


def without_space(text: str) -> str:
    return re.sub(r"[\s\u2060\ufeff]+", "", text)


def pages(book: Path) -> list[str]:
    with zipfile.ZipFile(book) as opened:
        return [opened.read(PAGE.format(number)).decode() for number in range(1, CHAPTERS + 1)]


def test_all_of_it_is_read(corpus: Callable[[str], Path]) -> None:
    """Heading and paragraphs of each unabridged chapter are its blocks, and no paragraph is missing."""
    book = corpus("epub/pride-and-prejudice.epub")
    document = import_document(book.read_bytes(), filename=book.name)
    chapters = [chapter for chapter in document.chapters if chapter.narrated]
    expected = [printed(page) for page in pages(book)]

    assert sum(len(paragraphs) - 1 for paragraphs in expected) == PARAGRAPHS
    spoken = [[block for block in c.blocks if block.kind is not BlockKind.SCENE_BREAK] for c in chapters]
    assert [[without_space(block.text) for block in blocks] for blocks in spoken] == expected


def test_its_chapters_are_the_archive(novel: Novel) -> None:
    """An entry for each of the chapters I to LXI; title page, imprint, colophon and uncopyright are kept silent."""
    with zipfile.ZipFile(novel.archive) as opened:
        names = opened.namelist()
        assert opened.testzip() is None

    assert names == [f"{number:02} {roman(number)}.mp3" for number in range(1, CHAPTERS + 1)]
    silent = novel.query("SELECT name, matter, role FROM chapters WHERE NOT narrated ORDER BY ordinal")
    assert silent == [
        ("Titlepage", "front", "titlepage"),
        ("Imprint", "front", "imprint"),
        ("Colophon", "back", "colophon"),
        ("Uncopyright", "back", "copyright-page"),
    ]
    assert novel.query("SELECT count(*) FROM chapters WHERE narrated AND matter = 'body'") == [(CHAPTERS,)]


def test_its_alignments_spell_every_chapter(novel: Novel) -> None:
    """The timed characters of each chapter are those of its blocks, and of the printed page, in order."""
    texts: dict[str, list[str]] = {}
    for chapter_id, _, text in novel.query(
        """
        SELECT chapter_id, block_id, group_concat(text, '') FROM (
            SELECT chapters.ordinal AS c, blocks.ordinal AS b, chapter_id, block_id, text
            FROM chapters JOIN blocks USING (chapter_id) JOIN nodes USING (block_id)
            WHERE chapters.narrated AND blocks.narrated AND kind <> 'scene_break'
            ORDER BY c, b, nodes.ordinal
        ) GROUP BY c, b ORDER BY c, b
        """
    ):
        texts.setdefault(chapter_id, []).append(text)
    expected = [printed(page) for page in pages(novel.book)]
    assert sum(len(paragraphs) - 1 for paragraphs in expected) > max(
        CHAPTERS, PARAGRAPHS * KEPT_PERCENT // 100
    )

    with open_app(novel.rhapsode.data, command="test") as app:
        for (identifier, frames), blocks, page in zip(
            novel.snapshots(), texts.values(), expected, strict=True
        ):
            pieces = list(iterate_alignment(app.records, DEFAULT_WORKSPACE_ID, ChapterSnapshotId(identifier)))
            assert "".join(piece.text for piece in pieces) == "\n".join(blocks)
            assert [without_space(block) for block in blocks] == page
            assert_monotone(pieces, (frames - 1) * FRAME_SAMPLES)


def assert_monotone(pieces: list[AlignedText], end_sample: int) -> None:
    """No character begins before the one before it ends, and none is heard outside the file."""
    assert all(len(piece.boundaries) == len(piece.text) + 1 for piece in pieces)
    boundaries = [boundary for piece in pieces for boundary in piece.boundaries]
    assert boundaries[0] > 0
    assert all(earlier <= later for earlier, later in itertools.pairwise(boundaries))
    assert boundaries[-1] < end_sample


def test_its_files_last_as_long_as_the_snapshot_says(novel: Novel) -> None:
    """Another decoder reads every entry without a complaint, to the length of its snapshot within 1 ms."""
    with zipfile.ZipFile(novel.archive) as opened:
        for name, (_, frames) in zip(opened.namelist(), novel.snapshots(), strict=True):
            samples, complaints = decode(opened.read(name))
            assert complaints == [], name
            assert abs(samples - (frames - 1) * FRAME_SAMPLES) <= ONE_MILLISECOND, name
        damaged = bytearray(opened.read(name))
    middle = len(damaged) // 2
    damaged[middle : middle + 5_000] = bytes(5_000)
    assert decode(bytes(damaged))[1], "the decoder complains where there is a reason"


@pytest.fixture(scope="module")
def served(novel: Novel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """A server on a copy of what narrating the novel left, so that nothing has to be spoken, and a key for it."""
    rhapsode = Rhapsode(tmp_path_factory.mktemp("served"))
    shutil.copytree(novel.rhapsode.data, rhapsode.data, copy_function=link_or_copy)
    with serving(rhapsode) as server:
        yield server, server.first_key
        assert server.stop().exit_status == 0


def link_or_copy(source: str, target: str) -> None:
    """Packs are written once, so a link does; a database must be a file of its own."""
    if source.endswith(".pack"):
        os.link(source, target)
    else:
        shutil.copy2(source, target)


def test_it_is_the_same_through_the_sdk(novel: Novel, served: tuple[Server, str]) -> None:
    """Made from the same file by the unchanged client: archive, each chapter's stream and the times of every text."""
    server, key = served
    client = server.client(key)
    projects = client.studio.projects
    made = projects.create(name="Pride and Prejudice", from_document=novel.book.read_bytes()).project
    projects.convert(made.project_id)
    while projects.get(made.project_id).state != "default":
        time.sleep(0.2)
    (snapshot,) = projects.snapshots.list(made.project_id).snapshots

    archive = projects.snapshots.stream_archive(made.project_id, snapshot.project_snapshot_id)
    assert digest_of(archive) == digest_of([novel.archive.read_bytes()])
    stream = projects.snapshots.stream(made.project_id, snapshot.project_snapshot_id)
    assert digest_of(stream) == digest_of([novel.single_file().read_bytes()])
    timed = projects.snapshots.get(made.project_id, snapshot.project_snapshot_id)
    frames = sum(frames for _, frames in novel.snapshots())
    assert timed.audio_duration_secs == round((frames - 1) * FRAME_SAMPLES / SAMPLE_RATE_HZ, 6)
    texts = [without_space("".join(aligned.characters)) for aligned in timed.character_alignments]
    assert texts == ["".join(printed(page)) for page in pages(novel.book)]
    with zipfile.ZipFile(novel.archive) as opened:
        entries = [opened.read(name) for name in opened.namelist()]
    for chapter, entry in zip(projects.chapters.list(made.project_id).chapters, entries, strict=True):
        ids = made.project_id, chapter.chapter_id
        (listed,) = projects.chapters.snapshots.list(*ids).snapshots
        assert b"".join(projects.chapters.snapshots.stream(*ids, listed.chapter_snapshot_id)) == entry


def test_it_is_the_same_through_the_asynchronous_sdk(novel: Novel, served: tuple[Server, str]) -> None:
    """The other client of the same package gets the same archive, chapters, and times."""
    server, key = served
    archive, chapters, duration_s = asyncio.run(fetched(server.url, key, novel.book))

    assert archive == digest_of([novel.archive.read_bytes()])
    with zipfile.ZipFile(novel.archive) as opened:
        assert chapters == [digest_of([opened.read(name)]) for name in opened.namelist()]
    frames = sum(frames for _, frames in novel.snapshots())
    assert duration_s == round((frames - 1) * FRAME_SAMPLES / SAMPLE_RATE_HZ, 6)


async def fetched(url: str, key: str, book: Path) -> tuple[str, list[str], float]:
    """Make, convert, wait and download, as a program that does other things meanwhile would."""
    async with httpx.AsyncClient(timeout=60, trust_env=False) as http:
        projects = AsyncElevenLabs(base_url=url, api_key=key, httpx_client=http).studio.projects
        made = (await projects.create(name="Pride and Prejudice", from_document=book.read_bytes())).project
        await projects.convert(made.project_id)
        while (await projects.get(made.project_id)).state != "default":
            await asyncio.sleep(0.2)
        (snapshot,) = (await projects.snapshots.list(made.project_id)).snapshots
        ids = made.project_id, snapshot.project_snapshot_id
        chapters = []
        for chapter in (await projects.chapters.list(made.project_id)).chapters:
            listed = await projects.chapters.snapshots.list(made.project_id, chapter.chapter_id)
            chapter_ids = made.project_id, chapter.chapter_id, listed.snapshots[0].chapter_snapshot_id
            chapters.append(await async_digest_of(projects.chapters.snapshots.stream(*chapter_ids)))
        timed = await projects.snapshots.get(*ids)
        return (
            await async_digest_of(projects.snapshots.stream_archive(*ids)),
            chapters,
            timed.audio_duration_secs,
        )


async def async_digest_of(blocks: AsyncIterator[bytes]) -> str:
    digest = hashlib.sha256()
    async for block in blocks:
        digest.update(block)
    return digest.hexdigest()


def digest_of(blocks: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for block in blocks:
        digest.update(block)
    return digest.hexdigest()


def test_an_edit_costs_one_passage(novel: Novel, tmp_path: Path) -> None:
    """Run again it speaks nothing and writes the same bytes; with a new paragraph at the same path, just that."""
    shutil.copytree(novel.rhapsode.data, tmp_path / "data", copy_function=link_or_copy)
    rhapsode = replace(novel.rhapsode, elsewhere=tmp_path / "data")
    with restored(novel.book, novel.archive) as (_, before):
        novel.archive.unlink()
        assert "; nothing spoken in " in rhapsode.narrate(novel.book, voice=None)
        assert novel.archive.read_bytes() == before
        checksums = checksums_of(novel.archive)

        edit(novel.book)
        assert "; 1 passage spoken in " in rhapsode.narrate(novel.book, voice=None)
        changed = dict(checksums_of(novel.archive).items() - checksums.items())
    assert list(changed) == ["12 XII.mp3"]


@contextlib.contextmanager
def restored(*paths: Path) -> Iterator[list[bytes]]:
    """What files hold, and will hold again."""
    contents = [path.read_bytes() for path in paths]
    try:
        yield contents
    finally:
        for path, content in zip(paths, contents, strict=True):
            path.write_bytes(content)


def checksums_of(archive: Path) -> dict[str, int]:
    with zipfile.ZipFile(archive) as opened:
        return {info.filename: info.CRC for info in opened.infolist()}


def edit(book: Path) -> None:
    """Replace the second paragraph of one chapter in the EPUB."""
    paragraphs = itertools.count(1)

    def replace(match: re.Match[str]) -> str:
        return "<p>This is not what she wrote.</p>" if next(paragraphs) == 2 else match[0]

    rewrite(book, [WHOLE_PAGE], lambda page: PARAGRAPH.sub(replace, page))
