"""`rhapsode export`: a book in, a folder for a shop out, or a file of a format that listeners use."""

import time
from pathlib import Path
from typing import Annotated

import typer

from rhapsode.authoring.books import BookOptions
from rhapsode.authoring.exports import ExportWishes, KeptExport, Preset
from rhapsode.authoring.selection import Selection
from rhapsode.cli.book_file import read_book
from rhapsode.cli.console import counted, errors, in_words, results
from rhapsode.cli.exported_file import export_file, find_wish
from rhapsode.cli.installation import Installation, open_installation
from rhapsode.cli.listing import print_left_out
from rhapsode.cli.narrate import print_flawed, spoken_in_words
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
from rhapsode.delivery.formats.names import Cues, FormatName, Timeline
from rhapsode.rendering.results import Converted
from rhapsode.studio.errors import InvalidInput
from rhapsode.studio.ids import ProjectId, VoiceId, is_id

_MAX_ROUNDS = 4
"""Conversions until a book is cut well: one speaks and shows how long everything is, and one cuts there."""

_VERDICTS = {True: "passes", False: "fails", None: "unknown"}


def export(
    book: Annotated[
        str, typer.Argument(metavar="BOOK", help="A book as for `rhapsode narrate`, or the id of a project.")
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="OUT",
            help="A file such as book.m4b, or a folder: for a shop's files, made if need be.",
        ),
    ] = None,
    format: Annotated[  # noqa: A002 -- the name of the option
        FormatName | None, typer.Option(help="One file of this format; else the extension of OUT says which.")
    ] = None,
    cues: Annotated[
        Cues | None,
        typer.Option(
            help="Of subtitles: a sentence (the default), a word, or sentences with times in them (vtt)."
        ),
    ] = None,
    timeline: Annotated[
        Timeline | None,
        typer.Option(
            help="Of subtitles and json: beside which file they are shown; file is MP3, FLAC and WAV."
        ),
    ] = None,
    preset: Annotated[
        Preset | None,
        typer.Option(
            help="What the shop asks for (acx, the default); docs/shops.md says which shops that suits."
        ),
    ] = None,
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
    """Narrate a book into one file of a format, or into a folder of files that can be uploaded to a shop.

    A shop's files are MP3 at 192 kbps, as loud as it asks for, in upload order, with spoken credits and a sample.
    Run again after an edit, it speaks and encodes only what has changed.
    """
    started_at_s = time.monotonic()
    wishes = ExportWishes(preset or "acx", narrator, spoken_credits, copyright_line)
    options = BookOptions(
        voice_id=None if voice is None else VoiceId(voice),
        language=language,
        title=title,
        author=author,
        selection=Selection(chapters, tuple(include or ()), tuple(exclude or ())),
    )
    project_id = _project_named(book, options)
    wish = find_wish(book, output, format, cues, timeline)
    if wish is not None:
        _check_no_shop(preset, wishes)
    else:
        _check_folder(output, cues, timeline)
    read = None if project_id else read_book(Path(book))
    folder = choose_folder(output) if wish is None and output is not None else Path()
    with open_installation(data_directory(data), command="export") as installation:
        if read is not None:
            project_id = installation.keep_book(read, options).project_id
            print_left_out(read.document.left_out)
            del read  # The text of a long book isn't held while it is narrated.
        assert project_id is not None
        for warning in installation.list_warnings(project_id):
            errors.print(warning, markup=False, soft_wrap=True)
        if wish is None:
            made = _export_folder(installation, project_id, wishes, folder)
        else:
            made = export_file(installation, project_id, wish)
    results.print(f"{made} in {time.monotonic() - started_at_s:.1f} s.", markup=False, soft_wrap=True)


def _check_no_shop(preset: Preset | None, wishes: ExportWishes) -> None:
    """Raises: InvalidInput, when what only shops want is asked of one file."""
    if preset is not None or wishes != ExportWishes("acx"):
        msg = "One file of a format has no preset and no credits: those are for a shop's folder."
        raise InvalidInput(msg)


def _check_folder(output: Path | None, cues: Cues | None, timeline: Timeline | None) -> None:
    """Raises: InvalidInput, when what only one file has is asked of a shop's folder, or none is named."""
    if cues is not None or timeline is not None:
        msg = "--cues and --timeline are for subtitles: add --format srt, vtt or json."
        raise InvalidInput(msg)
    if output is None:
        msg = "-o says where a shop's files go, or what one file is called; or --format says which file is wanted."
        raise InvalidInput(msg)


def _export_folder(
    installation: Installation, project_id: ProjectId, wishes: ExportWishes, folder: Path
) -> str:
    """Narrate what has changed and write a shop's files; a line that says what was made."""
    kept, done = _convert(installation, project_id, wishes)
    files = installation.list_export_files(done[-1].project_snapshot_id, kept.sample_id)
    for file in files:
        write_output(folder / file.name, installation.open_chapter(file.chapter_snapshot_id))
    installation.clean_up()
    _print_files(folder, files, kept)
    print_flawed(done[-1], told_by="rhapsode report --preset acx")
    audio_s = sum(file.audio_s for file in files)
    spoken = spoken_in_words(sum(each.spoken_segments for each in done))
    return f"{folder}: {counted(len(files), 'file')}, {in_words(audio_s)} of audio; {spoken}"


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
