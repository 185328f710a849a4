"""The CSV that says something about books: a line for each, under the names of `rhapsode narrate`'s options."""

import csv
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from rhapsode.cli.batch.voices import Voices
from rhapsode.cli.batch.wishes import Wishes
from rhapsode.cli.book_file import read_cover
from rhapsode.cli.console import counted, errors
from rhapsode.studio.errors import InvalidInput
from rhapsode.studio.project import QualityPreset

_FILE = "file"
_MORE = ""
"""Where cells stand that have no column."""
_WORDS = ("title", "author", "language", "voice", "chapters")
COLUMNS = (_FILE, *_WORDS, "quality", "cover", "include", "exclude", "cast")
_ANSWERS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_SHOWN = 50


class _Misfit(Exception):
    """A cell or a line that can't be used. Its text says why."""


def read_metadata(
    path: Path, books: Collection[str], voices: Voices, columns: Collection[str] = COLUMNS
) -> dict[str, Wishes]:
    """What is said of each book that the file names.

    books: those of the folder, by their paths below it.    columns: those that can be heeded.
    Raises: InvalidInput, after every line that can't be used was printed with its number.
    """
    found: dict[str, Wishes] = {}
    problems: list[str] = []
    known = {_written_alike(name): name for name in books}
    for number, cells in _lines(path, columns):
        try:
            name, wishes = _read_line(cells, known, path.parent)
            _check_voice(wishes, voices)
            if name in found:
                msg = f"{name} was named before."
                raise _Misfit(msg)
            found[name] = wishes
        except _Misfit as misfit:
            problems.append(f"{path}, line {number}: {misfit}")
    refuse(path, problems)
    return found


def refuse(path: Path, problems: list[str]) -> None:
    """Raises: InvalidInput, where there are problems; they are printed, each with its line."""
    for problem in problems[:_SHOWN]:
        errors.print(problem, markup=False, soft_wrap=True)
    if problems:
        msg = f"{counted(len(problems), 'line')} of {path} can't be used. Nothing was begun."
        raise InvalidInput(msg)


def _lines(path: Path, known: Collection[str]) -> Iterator[tuple[int, Mapping[str, str]]]:
    """The lines below the first, each with its number and its cells by their columns. Raises: InvalidInput."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            columns = [column.strip().lower() for column in next(reader, [])]
            _check_columns(path, columns, known)
            for row in reader:
                if any(cell.strip() for cell in row):
                    cells = [cell.strip() for cell in row]
                    # Spreadsheets end lines with commas; only what says something is too much.
                    more = "".join(cells[len(columns) :])
                    yield reader.line_num, dict(zip(columns, cells, strict=False)) | {_MORE: more}
    except OSError as error:
        msg = f"{path} can't be read: {error.strerror}."
        raise InvalidInput(msg) from error
    except UnicodeDecodeError as error:
        msg = f"{path} isn't in UTF-8. Save it as a CSV file in UTF-8."
        raise InvalidInput(msg) from error
    except csv.Error as error:
        msg = f"{path} is no CSV file: {error}."
        raise InvalidInput(msg) from error


def _check_columns(path: Path, columns: list[str], known: Collection[str]) -> None:
    unknown = [column for column in columns if column not in known]
    if unknown or _FILE not in columns or len(set(columns)) < len(columns):
        wrong = (
            f"there is no column {unknown[0]!r}"
            if unknown
            else "one column is `file`, and each is there once"
        )
        msg = f"{path}, line 1: {wrong}. The columns are {', '.join(known)}, with commas between."
        raise InvalidInput(msg)


def _read_line(cells: Mapping[str, str], known: Mapping[str, str], folder: Path) -> tuple[str, Wishes]:
    if cells[_MORE]:
        msg = "it has more cells than there are columns. Put quotation marks around what has a comma in it."
        raise _Misfit(msg)
    said = cells.get(_FILE, "")
    name = known.get(_written_alike(said))
    if name is None:
        msg = f"there is no book {said!r} in the folder."
        raise _Misfit(msg)
    words = {column: cells.get(column) or None for column in _WORDS}
    return name, Wishes(
        title=words["title"],
        author=words["author"],
        language=words["language"],
        voice=words["voice"],
        quality=_quality(cells.get("quality")),
        cover=_cover(cells.get("cover"), folder),
        chapters=words["chapters"],
        include=_list(cells.get("include")),
        exclude=_list(cells.get("exclude")),
        cast=_answer(cells.get("cast")),
    )


def _list(cell: str | None) -> tuple[str, ...]:
    return tuple(filter(None, map(str.strip, (cell or "").split(";"))))


def _check_voice(wishes: Wishes, voices: Voices) -> None:
    if wishes.voice is not None and voices.find_id(wishes.voice) is None:
        msg = f"there is no voice {wishes.voice!r}."
        raise _Misfit(msg)


def _quality(cell: str | None) -> QualityPreset | None:
    if not cell:
        return None
    try:
        return QualityPreset(cell)
    except ValueError:
        msg = f"there is no quality {cell!r}; it is one of {', '.join(QualityPreset)}."
        raise _Misfit(msg) from None


def _cover(cell: str | None, folder: Path) -> Path | None:
    if not cell:
        return None
    path = folder / cell
    try:
        read_cover(path)
    except InvalidInput as error:
        raise _Misfit(str(error)) from error
    return path


def _answer(cell: str | None) -> bool | None:
    if not cell:
        return None
    if cell.lower() not in _ANSWERS:
        msg = f"cast is yes or no, and not {cell!r}."
        raise _Misfit(msg)
    return _ANSWERS[cell.lower()]


def _written_alike(name: str) -> str:
    """Systems write the same letters in two ways, and a table may have come from another one."""
    return unicodedata.normalize("NFC", name)
