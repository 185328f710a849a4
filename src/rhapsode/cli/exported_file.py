"""`rhapsode export --format`: a book in, one file of a format that listeners use out."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

from rhapsode.cli.console import counted, in_megabytes, in_words
from rhapsode.cli.installation import Installation
from rhapsode.cli.narrate import print_flawed, spoken_in_words
from rhapsode.cli.output import choose_file, write_output
from rhapsode.delivery.formats.names import FORMAT_NAMES, Cues, FormatName, Timeline
from rhapsode.studio.errors import InvalidInput
from rhapsode.studio.ids import ProjectId

_EXTENSION = re.compile(r"\.[a-z][a-z0-9]{1,3}", re.IGNORECASE)
"""What only files end in; of folders, `Vol. 1` and `J.R.R. Tolkien` are called otherwise."""


@dataclass(frozen=True, slots=True)
class FileWish:
    """Which file is wanted. path: where it goes."""

    path: Path
    format: FormatName
    cues: Cues
    timeline: Timeline


def find_wish(
    book: str,
    output: Path | None,
    given: FormatName | None,
    cues: Cues | None,
    timeline: Timeline | None,
) -> FileWish | None:
    """The file that a command line asks for; None where it asks for a folder for a shop.

    given: the format, where it was named; otherwise the file's extension may do that.
    Raises: InvalidInput, where that makes no sense, or the file can't be written; StorageFull.
    """
    named = _format_of(output)
    chosen = given or named
    if chosen is None:
        _check_no_file(output)
        return None
    if named not in (None, chosen):
        msg = f"{output} is called as {named} is, and --format says {chosen}: leave one of them out."
        raise InvalidInput(msg)
    # Encoders take a moment to import, and what can't be is better known before an hour of narration.
    from rhapsode.delivery.formats.chosen import choose_format

    wish = FileWish(Path(), chosen, cues or "sentence", timeline or "file")
    choose_format(chosen, cues=wish.cues, timeline=wish.timeline)
    return replace(wish, path=choose_file(output, Path(book), _name_of(Path(book), chosen)))


def _name_of(book: Path, format_name: FormatName) -> str:
    """What the file is called unless somebody says; beside an EPUB, another one."""
    same = book.suffix.lower() == f".{format_name}"
    return f"{book.stem}{' (read along)' if same else ''}.{format_name}"


def _check_no_file(output: Path | None) -> None:
    """Raises: InvalidInput, when a new folder would be called as a file of some other format is."""
    if output is not None and not output.exists() and _EXTENSION.fullmatch(output.suffix):
        msg = (
            f"{output} is none of the files that are made, which are {', '.join(FORMAT_NAMES)}. "
            "If it is to be a folder for a shop's files, make it first."
        )
        raise InvalidInput(msg)


def _format_of(output: Path | None) -> FormatName | None:
    extension = "" if output is None or output.is_dir() else output.suffix[1:].lower()
    return extension if extension in FORMAT_NAMES else None


def export_file(installation: Installation, project_id: ProjectId, wish: FileWish) -> str:
    """Narrate what has changed and write the file; a line that says what was made.

    Raises: what an Installation raises; InvalidInput; StorageFull.
    """
    done = installation.convert(project_id)
    download = installation.make_export(
        done.project_snapshot_id, wish.format, cues=wish.cues, timeline=wish.timeline
    )
    write_output(wish.path, download)
    installation.clean_up()
    print_flawed(done)
    return (
        f"{wish.path}: {counted(done.chapter_count, 'chapter')}, {in_words(done.audio_s)} of audio, "
        f"{in_megabytes(download.size_bytes)}; {spoken_in_words(done.spoken_segments)}"
    )
