"""From a book to its archive through the official SDK, equal to what the command line makes of the same book."""

import asyncio
import io
import shutil
import zipfile
from functools import partial
from pathlib import Path

import pytest
from elevenlabs import AsyncElevenLabs, ElevenLabs
from tests.acceptance.program import Rhapsode
from tests.epub_pages import beginning, rewrite

from .journeys import convert_and_wait

EXAMPLE = Path(__file__).parents[2] / "examples" / "the-lamp-keepers.epub"
TALE = """\
The boat came in at six. Nobody stood on the quay.

"Are we late?" asked Ines.
"""


@pytest.fixture
def rhapsode(tmp_path: Path) -> Rhapsode:
    """The program itself, with a data directory of its own."""
    (tmp_path / "program").mkdir()
    return Rhapsode(tmp_path / "program")


def narrate(rhapsode: Rhapsode, book: Path, *options: str) -> bytes:
    """The archive that the command line makes of a book."""
    rhapsode.narrate(book, "--output", "made.zip", *options)
    return (rhapsode.folder / "made.zip").read_bytes()


def create(client: ElevenLabs, book: Path, **fields: str) -> str:
    """A project of a document, as the SDK's documentation has it."""
    made = client.studio.projects.create(
        name=book.stem,
        from_document=(book.name, book.read_bytes(), "application/octet-stream"),
        default_title_voice_id="tone_low",
        default_paragraph_voice_id="tone_low",
        **fields,
    )
    return str(made.project.project_id)


def test_the_archive_of_a_text_is_what_narrate_makes(client: ElevenLabs, rhapsode: Rhapsode) -> None:
    """Byte for byte, of the same document and voice."""
    book = rhapsode.write("tale.txt", TALE)
    project_id = create(client, book)
    snapshot_id = convert_and_wait(client, project_id)
    archive = b"".join(client.studio.projects.snapshots.stream_archive(project_id, snapshot_id))
    assert archive == narrate(rhapsode, book)


@pytest.fixture
def example(rhapsode: Rhapsode) -> Path:
    """The example book, of whose five chapters the beginning is left."""
    copied = Path(shutil.copy(EXAMPLE, rhapsode.folder))
    pages = (f"EPUB/chapter-{number}.xhtml" for number in range(1, 6))
    rewrite(copied, pages, partial(beginning, kept_percent=20))
    return copied


@pytest.mark.slow
@pytest.mark.parametrize("quality", ["standard", "ultra_lossless"])
def test_the_archive_of_an_epub_is_what_narrate_makes(
    client: ElevenLabs, rhapsode: Rhapsode, example: Path, quality: str
) -> None:
    """With its cover, title and author, in every quality; and so is its single file."""
    project_id = create(client, example, quality_preset=quality)
    snapshot_id = convert_and_wait(client, project_id)
    archive = b"".join(client.studio.projects.snapshots.stream_archive(project_id, snapshot_id))
    assert archive == narrate(rhapsode, example, "--quality", quality)
    if quality != "ultra_lossless":
        rhapsode.narrate(example, "--output", "made.mp3", "--format", "mp3", "--quality", quality)
        stream = b"".join(client.studio.projects.snapshots.stream(project_id, snapshot_id))
        assert stream == (rhapsode.folder / "made.mp3").read_bytes()


def test_the_whole_journey(client: ElevenLabs, rhapsode: Rhapsode) -> None:
    """Create, convert, poll, snapshot, stream, archive, chapter by chapter: each answer fits the others."""
    studio = client.studio.projects
    project_id = create(
        client, rhapsode.write("tale.md", f"# The Harbour\n\n{TALE}\n# The Hill\n\nThey climbed.")
    )
    assert not studio.get(project_id).can_be_downloaded
    snapshot_id = convert_and_wait(client, project_id)
    project = studio.get(project_id)
    assert project.can_be_downloaded
    assert all(chapter.can_be_downloaded for chapter in project.chapters)

    snapshot = studio.snapshots.get(project_id, snapshot_id)
    texts = ["".join(alignment.characters) for alignment in snapshot.character_alignments]
    assert [text.splitlines()[0] for text in texts] == ["The Harbour", "The Hill"]
    archive = zipfile.ZipFile(io.BytesIO(b"".join(studio.snapshots.stream_archive(project_id, snapshot_id))))
    assert [name[3:-4] for name in archive.namelist()] == [chapter.name for chapter in project.chapters]
    for name, chapter in zip(archive.namelist(), project.chapters, strict=True):
        (listed,) = studio.chapters.snapshots.list(project_id, chapter.chapter_id).snapshots
        audio = studio.chapters.snapshots.stream(project_id, chapter.chapter_id, listed.chapter_snapshot_id)
        assert b"".join(audio) == archive.read(name)


async def _journey(client: AsyncElevenLabs, book: Path) -> tuple[bytes, bytes, list[str]]:
    studio = client.studio.projects
    made = await studio.create(
        name=book.stem,
        from_document=book.read_bytes(),
        default_title_voice_id="tone_low",
        default_paragraph_voice_id="tone_low",
    )
    project_id = made.project.project_id
    await studio.convert(project_id)
    while (await studio.get(project_id)).state != "default":
        await asyncio.sleep(0.02)
    snapshot_id = (await studio.snapshots.list(project_id)).snapshots[0].project_snapshot_id
    snapshot = await studio.snapshots.get(project_id, snapshot_id)
    stream = b"".join([block async for block in studio.snapshots.stream(project_id, snapshot_id)])
    archive = b"".join([block async for block in studio.snapshots.stream_archive(project_id, snapshot_id)])
    return archive, stream, ["".join(alignment.characters) for alignment in snapshot.character_alignments]


def test_the_whole_journey_asynchronously(async_client: AsyncElevenLabs, rhapsode: Rhapsode) -> None:
    """The asynchronous client gets what the command line makes, too."""
    book = rhapsode.write("tale.md", f"# The Harbour\n\n{TALE}")
    archive, stream, texts = asyncio.run(_journey(async_client, book))
    assert archive == narrate(rhapsode, book)
    rhapsode.narrate(book, "--output", "made.mp3", "--format", "mp3")
    assert stream == (rhapsode.folder / "made.mp3").read_bytes()
    assert texts == [
        'The Harbour\nThe boat came in at six. Nobody stood on the quay.\n"Are we late?" asked Ines.'
    ]
