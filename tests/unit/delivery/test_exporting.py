"""Exports are made once, whole or not at all, and are there for as long as somebody asks for them."""

import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.factories import (
    WORKSPACE,
    Studio,
    ThisProcess,
    make_document,
    make_document_chapter,
    open_studio,
)

from rhapsode.delivery.export_orders import ExportOrder, exportable_chapter, exportable_project
from rhapsode.delivery.export_store import ReadyExport
from rhapsode.delivery.exporting import Exporting, Making
from rhapsode.delivery.formats.format import ExportFormat, ExportPart, ExportSource, KeptStretch
from rhapsode.rendering.repair import repair_storage
from rhapsode.rendering.transcoding import Transcoding
from rhapsode.storage import projects, schema, snapshots
from rhapsode.storage.check import check_storage, rebuild_segments
from rhapsode.storage.cleanup import CleanupPolicy, clean_up
from rhapsode.storage.packs import pack_key
from rhapsode.studio.errors import DataDamaged, EngineFailed, ExportFailed
from rhapsode.studio.ids import ProjectSnapshotId

DAY_MS = 24 * 3600 * 1000
BOOK = make_document(
    make_document_chapter("The boat came in at six."), make_document_chapter("They climbed.")
)

pytestmark = pytest.mark.slow


@dataclass
class Recipe:
    """A format whose parts a test decides, and how often it was made."""

    parts: Callable[[ExportSource], Iterator[ExportPart]]
    name: str = "test"
    version: int = 1
    count: int = field(default=0, init=False)

    def format(self) -> ExportFormat:
        return ExportFormat(self.name, "bin", "application/octet-stream", self.version, self._make)

    def _make(self, source: ExportSource) -> Iterator[ExportPart]:
        self.count += 1
        return self.parts(source)


def audio_between(source: ExportSource) -> Iterator[ExportPart]:
    """Three megabytes, then the chapters' audio, the last piece of it cut, then a few bytes."""
    yield bytes(range(256)) * 5_000
    yield b"\xff" * 2_000_000
    with source.records.read(source.workspace_id) as tx:
        parts = [
            part
            for chapter in source.chapters
            for part in snapshots.get_parts(tx, chapter.chapter_snapshot_id)
        ]
    source.note_progress(0.5)
    for part in parts[:-1]:
        yield KeptStretch(part.segment_key, part.size_bytes)
    yield KeptStretch(parts[-1].segment_key, 100)
    yield b"the end"


@dataclass
class Workshop:
    """A studio with a snapshot, and what makes its exports."""

    studio: Studio
    snapshot_id: ProjectSnapshotId
    exporting: Exporting

    def order(self, recipe: Recipe) -> ExportOrder:
        with self.studio.records.read(WORKSPACE) as tx:
            snapshot = snapshots.get_project_snapshot(tx, self.snapshot_id)
            return exportable_project(tx, snapshot).ordered(recipe.format())

    def make(self, recipe: Recipe) -> Making:
        """Have it made, and wait for it."""
        making = self.exporting.begin(WORKSPACE, self.order(recipe))
        making.future.result(timeout=20)
        return making

    def find(self, recipe: Recipe) -> ReadyExport | None:
        return self.exporting.find(WORKSPACE, self.order(recipe))

    def get(self, recipe: Recipe) -> ReadyExport:
        ready = self.find(recipe)
        assert ready is not None
        return ready

    def clean_up(self, *, after_days: float) -> None:
        with self.studio.records.read(WORKSPACE) as tx:
            now_ms = tx.now_ms + round(after_days * DAY_MS)
        clean_up(self.studio.records, self.studio.blobs, CleanupPolicy(), now_ms=now_ms)

    def count(self, table: sa.Table) -> int:
        with self.studio.records.read(WORKSPACE) as tx:
            return tx.connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()

    def pack_paths(self, kind: str) -> list[Path]:
        """The files of all packs of a kind."""
        with self.studio.records.read(WORKSPACE) as tx:
            pack_ids = tx.connection.execute(
                sa.select(schema.packs.c.pack_id).where(schema.packs.c.kind == kind)
            ).scalars()
            return [self.studio.blobs.path(pack_key(pack_id)) for pack_id in pack_ids]

    def problems(self) -> tuple[str, ...]:
        return check_storage(self.studio.records, self.studio.blobs).problems


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    """New for each test."""
    with open_studio(tmp_path) as studio:
        transcoding = Transcoding(studio.records, studio.blobs, ThisProcess(1))
        exporting = Exporting(studio.records, studio.blobs, transcoding)
        yield Workshop(studio, studio.convert(BOOK), exporting)
        exporting.stop()


def test_an_export_is_made_of_new_bytes_and_of_stored_ones(workshop: Workshop) -> None:
    """Its size and checksum are right, any stretch of it can be read, and check finds nothing wrong."""
    recipe = Recipe(audio_between)
    assert workshop.find(recipe) is None

    assert workshop.make(recipe).progress == 0.5

    ready = workshop.get(recipe)
    content = b"".join(ready.download.content)
    assert len(content) == ready.download.size_bytes
    assert zlib.crc32(content) == ready.crc32
    assert content[:256] == bytes(range(256))
    assert content[1_280_000:3_280_000] == b"\xff" * 2_000_000
    assert content.endswith(b"the end")
    for start, end in (
        (0, 1),
        (1_048_570, 1_048_580),
        (3_279_990, 3_280_100),
        (len(content) - 9, len(content)),
    ):
        assert b"".join(ready.download.read(start, end)) == content[start:end]
    assert ready.download.filename == "Tides.bin"
    assert workshop.problems() == ()


def test_who_comes_meanwhile_joins(workshop: Workshop) -> None:
    """However many ask, it is made once; when it is there, it isn't made again."""
    may_end = threading.Event()

    def slow(_source: ExportSource) -> Iterator[ExportPart]:
        assert may_end.wait(20)
        yield b"done"

    recipe = Recipe(slow)
    order = workshop.order(recipe)
    begun = [workshop.exporting.begin(WORKSPACE, order) for _ in range(5)]
    assert workshop.exporting.find_making(order) is begun[0]
    may_end.set()
    for making in begun:
        making.future.result(timeout=20)
    workshop.make(recipe)
    assert recipe.count == 1
    assert b"".join(workshop.get(recipe).download.content) == b"done"
    assert workshop.exporting.find_making(order) is None


def test_what_decides_its_bytes_makes_another(workshop: Workshop) -> None:
    """The format's version, a chapter by itself, and what the project says of itself."""
    recipe = Recipe(audio_between)
    keys = {workshop.order(recipe).key, workshop.order(Recipe(audio_between, version=2)).key}
    with workshop.studio.records.read(WORKSPACE) as tx:
        chapters = workshop.studio.chapter_snapshots(workshop.snapshot_id)
        keys |= {exportable_chapter(tx, each).ordered(recipe.format()).key for each in chapters}
        project = workshop.order(recipe).project
    with workshop.studio.records.write(WORKSPACE) as tx:
        before = projects.get_project(tx, project.project_id)
        projects.save_project(tx, replace(before, author="A. Writer"))
    keys.add(workshop.order(recipe).key)
    assert len(keys) == 5


def test_another_file_of_a_snapshot_is_newer(workshop: Workshop) -> None:
    """Who asks by time whether there is another one is told so."""
    recipe = Recipe(lambda _source: iter([b"x"]))
    workshop.make(recipe)
    with workshop.studio.records.write(WORKSPACE) as tx:
        tx.connection.execute(schema.exports.update().values(created_at_ms=tx.now_ms + DAY_MS))
        made_at_ms = tx.now_ms + DAY_MS
    assert workshop.get(recipe).download.modified_at_ms == made_at_ms


def test_a_failure_is_told_and_the_next_order_tries_again(workshop: Workshop) -> None:
    """Nothing half is seen of what failed."""

    def failing(_source: ExportSource) -> Iterator[ExportPart]:
        yield b"x" * 3_000_000
        if recipe.count == 1:
            raise EngineFailed
        yield b"the end"

    recipe = Recipe(failing)
    order = workshop.order(recipe)
    making = workshop.make(recipe)
    assert isinstance(making.error, EngineFailed)
    assert workshop.find(recipe) is None
    assert workshop.exporting.find_making(order) is making
    workshop.exporting.forget(order, making)
    assert workshop.exporting.find_making(order) is None
    assert workshop.make(recipe).error is None
    assert workshop.get(recipe).download.size_bytes == 3_000_007
    assert workshop.problems() == ()


def test_an_unforeseen_failure_is_told_too(workshop: Workshop) -> None:
    """As one that another attempt may mend."""

    def failing(_source: ExportSource) -> Iterator[ExportPart]:
        yield bytes(1 // (recipe.count - 1))

    recipe = Recipe(failing)
    error = workshop.make(recipe).error
    assert isinstance(error, ExportFailed)
    assert error.can_retry


def test_stopping_ends_what_is_being_made(workshop: Workshop) -> None:
    """At its next part, however many there are, and so does what would be next. It is no failure of theirs."""
    has_begun = threading.Event()

    def endless(_source: ExportSource) -> Iterator[ExportPart]:
        while True:
            has_begun.set()
            yield b"more"

    making = workshop.exporting.begin(WORKSPACE, workshop.order(Recipe(endless)))
    assert has_begun.wait(20)
    workshop.exporting.stop_soon()
    assert making.future.result(20) is None
    late = workshop.exporting.begin(WORKSPACE, workshop.order(Recipe(endless)))
    assert late.future.result(20) is None
    assert workshop.count(schema.exports) == 0


def test_a_missing_stretch_is_no_export(workshop: Workshop) -> None:
    """A format that names what isn't stored fails, before anybody is sent anything."""
    recipe = Recipe(lambda _source: iter([b"head", KeptStretch(b"?" * 32, 10)]))
    assert isinstance(workshop.make(recipe).error, DataDamaged)
    assert workshop.find(recipe) is None


def test_it_stays_for_as_long_as_somebody_asks(workshop: Workshop) -> None:
    """Thirty days after the last time it goes; then it is made anew, of segments that are still there."""
    recipe = Recipe(audio_between)
    workshop.make(recipe)
    workshop.clean_up(after_days=29)
    assert workshop.find(recipe) is not None
    workshop.clean_up(after_days=31)
    assert workshop.find(recipe) is None
    workshop.make(recipe)
    assert workshop.find(recipe) is not None
    assert recipe.count == 2
    assert workshop.problems() == ()


def test_it_goes_with_its_project(workshop: Workshop) -> None:
    """And nothing of it is held on to."""
    recipe = Recipe(lambda _source: iter([b"x" * 100]))
    workshop.make(recipe)
    project_id = workshop.order(recipe).project.project_id
    with workshop.studio.records.write(WORKSPACE) as tx:
        projects.delete_project(tx, project_id)
    workshop.clean_up(after_days=2)
    assert workshop.count(schema.exports) == 0
    with workshop.studio.records.read(WORKSPACE) as tx:
        held = sa.select(schema.segments.c.key).join(
            schema.segment_references,
            schema.segment_references.c.segment_id == schema.segments.c.segment_id,
        )
        assert tx.connection.execute(held.where(schema.segments.c.kind == "file")).all() == []


def test_references_come_back_and_damage_is_found(workshop: Workshop) -> None:
    """A rebuild refers to its segments again; check names an export whose segments are gone."""
    recipe = Recipe(audio_between)
    workshop.make(recipe)
    content = b"".join(workshop.get(recipe).download.content)
    with workshop.studio.records.write(WORKSPACE) as tx:
        tx.connection.execute(schema.segment_references.delete())
        tx.connection.execute(schema.segments.delete())
    assert any("Export" in problem for problem in workshop.problems())
    rebuild_segments(workshop.studio.records, workshop.studio.blobs)
    assert b"".join(workshop.get(recipe).download.content) == content
    assert workshop.problems() == ()


def spoil_missing(path: Path) -> None:
    path.unlink()


def spoil_short(path: Path) -> None:
    with path.open("r+b") as pack:
        pack.truncate(200_000)


def spoil_changed(path: Path) -> None:
    """As many bytes, and one of them another, so that a new pack of the right ones isn't put in its place."""
    with path.open("r+b") as pack:
        pack.seek(1_500_000)
        pack.write(b"!!")


@pytest.mark.parametrize("spoil", [spoil_missing, spoil_short, spoil_changed])
@pytest.mark.parametrize("is_in_archive", [False, True])
def test_a_damaged_one_is_made_again(
    workshop: Workshop, spoil: Callable[[Path], None], is_in_archive: bool
) -> None:
    """Who meets the damage is told so; for the next who asks it is made anew, others with it too."""
    recipe, other = Recipe(audio_between), Recipe(audio_between, name="other")
    for each in (recipe, other):
        workshop.make(each)
    before = workshop.get(recipe)
    content = b"".join(before.download.content)
    (pack,) = workshop.pack_paths("file")
    spoil(pack)

    ready = workshop.get(recipe)
    if is_in_archive and spoil is not spoil_changed:
        with pytest.raises(DataDamaged):
            ready.list_pieces()
    else:
        with pytest.raises(DataDamaged):
            b"".join(ready.download.content)

    assert workshop.find(recipe) is None
    assert workshop.make(recipe).error is None
    assert b"".join(workshop.get(recipe).download.content) == content
    assert workshop.get(recipe).download.digest == before.download.digest
    with pytest.raises(DataDamaged):
        b"".join(workshop.get(other).download.content)
    assert workshop.make(other).error is None
    assert b"".join(workshop.get(other).download.content) == content
    assert workshop.problems() == ()


def test_damage_of_a_snapshot_stays_with_its_exports(workshop: Workshop) -> None:
    """Nothing that a conversion has made is forgotten: another export would be damaged as well."""
    recipe = Recipe(audio_between)
    workshop.make(recipe)
    segments = workshop.count(schema.segments)
    for pack in workshop.pack_paths("audio"):
        pack.unlink()
    with pytest.raises(DataDamaged):
        b"".join(workshop.get(recipe).download.content)
    assert workshop.find(recipe) is not None
    assert workshop.count(schema.segments) == segments


def test_a_repair_forgets_those_that_have_lost_a_stretch(workshop: Workshop) -> None:
    """All is well afterwards, and who asks again has it made."""
    workshop.make(Recipe(audio_between))
    (path,) = workshop.pack_paths("file")
    content = bytearray(path.read_bytes())
    content[1000] ^= 1
    path.write_bytes(content)
    assert workshop.problems()

    studio = workshop.studio
    report = repair_storage(studio.records, studio.blobs, ThisProcess(1), on_progress=lambda *_: None)

    assert (report.losses, report.damaged) == ((), ())
    assert workshop.problems() == ()
    assert workshop.find(Recipe(audio_between)) is None
    workshop.make(Recipe(audio_between))
    assert workshop.problems() == ()
