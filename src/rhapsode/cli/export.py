"""`rhapsode export`: a book in, a folder out that can be uploaded to a shop."""

import time
from pathlib import Path
from typing import Annotated

import typer

from rhapsode.authoring.books import BookOptions
from rhapsode.authoring.exports import ExportWishes, KeptExport, Preset
from rhapsode.authoring.selection import Selection
from rhapsode.cli.book_file import read_book
from rhapsode.cli.console import counted, errors, in_words, results
from rhapsode.cli.installation import Installation, open_installation
from rhapsode.cli.listing import print_left_out
from rhapsode.cli.narrate import check_voices, print_flawed, spoken_in_words
from rhapsode.cli.options import (
    AuthorOption,
    DataOption,
    LanguageOption,
    TitleOption,
    VoiceOption,
    data_directory,
)
from rhapsode.cli.output import choose_folder, write_output
from rhapsode.delivery.exports import ExportFile
from rhapsode.engines.registry import get_voice
from rhapsode.rendering.results import Converted
from rhapsode.studio.errors import InvalidInput
from rhapsode.studio.ids import ProjectId, is_id

_MAX_ROUNDS = 4
"""Conversions until a book is cut well: one speaks and shows how long everything is, and one cuts there."""

_VERDICTS = {True: "passes", False: "fails", None: "unknown"}


def export(
    book: Annotated[
        str, typer.Argument(metavar="BOOK", help="A book as for `rhapsode narrate`, or the id of a project.")
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FOLDER", help="Where the files go; made if need be.")
    ],
    preset: Annotated[
        Preset, typer.Option(help="What the shop asks for; docs/shops.md says which shops that suits.")
    ] = "acx",
    voice: VoiceOption = None,
    language: LanguageOption = None,
    chapters: Annotated[
        str | None, typer.Option(metavar="NUMBERS", help="Narrate exactly these, such as 1-3,7.")
    ] = None,
    include: Annotated[
        list[str] | None, typer.Option(metavar="WHAT", help="Narrate also; as for `rhapsode narrate`.")
    ] = None,
    exclude: Annotated[list[str] | None, typer.Option(metavar="WHAT", help="Don't narrate.")] = None,
    title: TitleOption = None,
    author: AuthorOption = None,
    narrator: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Named in the credits in place of the voice.")
    ] = None,
    copyright_line: Annotated[
        str | None, typer.Option("--copyright", metavar="TEXT", help="Spoken at the very end, as it stands.")
    ] = None,
    spoken_credits: Annotated[
        bool, typer.Option("--credits/--no-credits", help="Say title, author and narrator at both ends.")
    ] = True,
    data: DataOption = None,
) -> None:
    """Narrate a book into a folder of files that can be uploaded to a shop.

    MP3 at 192 kbps, as loud as shops ask for, in upload order, with spoken credits and a sample. Run again after an
    edit, it speaks only what has changed; what was narrated before isn't spoken again.
    """
    started_at_s = time.monotonic()
    wishes = ExportWishes(preset, narrator, spoken_credits, copyright_line)
    options = BookOptions(
        voice_id=None if voice is None else get_voice(voice).voice_id,
        language=language,
        title=title,
        author=author,
        selection=Selection(chapters, tuple(include or ()), tuple(exclude or ())),
    )
    project_id = _project_named(book, options)
    read = None if project_id else read_book(Path(book))
    folder = choose_folder(output)
    if voice is None and read is not None:
        check_voices()
    with open_installation(data_directory(data), command="export") as installation:
        if read is not None:
            project_id = installation.keep_book(read, options).project_id
            print_left_out(read.document.left_out)
            del read  # The text of a long book isn't held while it is narrated.
        assert project_id is not None
        kept, done = _convert(installation, project_id, wishes)
        files = installation.list_export_files(done[-1].project_snapshot_id, kept.sample_id)
        for file in files:
            write_output(folder / file.name, installation.open_chapter(file.chapter_snapshot_id))
        installation.clean_up()
    _print_files(folder, files, kept)
    print_flawed(done[-1], told_by="rhapsode report --preset acx")
    audio_s = sum(file.audio_s for file in files)
    spoken = spoken_in_words(sum(each.spoken_segments for each in done))
    results.print(
        f"{folder}: {counted(len(files), 'file')}, {in_words(audio_s)} of audio; "
        f"{spoken} in {time.monotonic() - started_at_s:.1f} s.",
        markup=False,
        soft_wrap=True,
    )


def _project_named(book: str, options: BookOptions) -> ProjectId | None:
    """The project that is meant, unless it is a file. Raises: InvalidInput, when it is to be read anew, too."""
    if Path(book).exists() or not is_id(book):
        return None
    if options != BookOptions():
        msg = (
            "What a project says, and who reads it, is changed in the project: leave out all but --narrator, "
            "--copyright and --no-credits."
        )
        raise InvalidInput(msg)
    return ProjectId(book)


def _convert(
    installation: Installation, project_id: ProjectId, wishes: ExportWishes
) -> tuple[KeptExport, list[Converted]]:
    """Convert the export until it is cut where its paragraphs end: nothing is spoken for that a second time."""
    kept = installation.keep_export(project_id, wishes)
    done: list[Converted] = []
    for _ in range(_MAX_ROUNDS):
        done.append(installation.convert(kept.project_id))
        kept = installation.keep_export(project_id, wishes)
        if not kept.changed:
            return kept, done
    return kept, [*done, installation.convert(kept.project_id)]


def _print_files(folder: Path, files: list[ExportFile], kept: KeptExport) -> None:
    for file in files:
        line = f"{in_words(file.audio_s):>8}  {file.rms_db:5.1f} dB  {_VERDICTS[file.passed]:<7}  {file.name}"
        results.print(line, markup=False, soft_wrap=True)
        for reason in file.reasons:
            errors.print(f"{file.name}: {reason}", markup=False, soft_wrap=True)
    if kept.sample_id is None:
        errors.print("There is no sample: no paragraph is shorter than five minutes.")
    written = {file.name for file in files}
    for path in sorted(folder.glob("*.mp3")):
        if path.name not in written:
            errors.print(f"Not of this export: {path}", markup=False, soft_wrap=True)
