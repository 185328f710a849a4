"""The books in a folder and in the folders below it, and the file that each is narrated into."""

import os
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from rhapsode.cli.batch.journal import JOURNAL_NAME
from rhapsode.documents.sniff import EXTENSIONS
from rhapsode.studio.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class ShelvedBook:
    """A book. name: its path below the folder, with slashes.    output: of its audio, below the output folder."""

    path: Path
    name: str
    output: str


@dataclass(frozen=True, slots=True)
class Shelf:
    """The books of a folder, by their names; and what isn't looked into.

    links: to wherever.    outputs: folders that another batch has written to.
    """

    books: tuple[ShelvedBook, ...]
    links: tuple[Path, ...]
    outputs: tuple[Path, ...]


def find_books(folder: Path, output_format: str, *, except_for: Collection[Path]) -> Shelf:
    """Every file below a folder whose name says that it can be imported.

    Links are passed over: what they lead to may be a book of this folder, which would be narrated twice, something
    outside of it, which nobody has named, or a circle. So is what is hidden, and a folder below that a batch has
    written to: what it made isn't to be narrated.
    except_for: files and folders that aren't looked at, resolved.    Raises: InvalidInput.
    """
    if not folder.is_dir():
        msg = f"{folder} is no folder."
        raise InvalidInput(msg)
    found = sorted(_walk(folder.resolve(), frozenset(except_for)))
    links = tuple(path for path in found if path.is_symlink())
    outputs = tuple(path for path in found if path.is_dir() and not path.is_symlink())
    others = {*links, *outputs}
    paths = [path for path in found if path not in others]
    names = [PurePosixPath(path.relative_to(folder.resolve())) for path in paths]
    books = map(ShelvedBook, paths, map(str, names), _outputs(names, output_format))
    return Shelf(tuple(books), links, outputs)


def _walk(folder: Path, except_for: frozenset[Path]) -> Iterator[Path]:
    """Books, links of any kind, and folders that a batch has written to. Raises: InvalidInput."""
    try:
        entries = list(os.scandir(folder))
    except OSError as error:
        msg = f"{folder} can't be read: {error.strerror}."
        raise InvalidInput(msg) from error
    for entry in entries:
        path = Path(entry.path)
        # Word keeps a file of this name beside one that is open.
        if entry.name.startswith((".", "~$")) or path in except_for:
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from [path] if (path / JOURNAL_NAME).exists() else _walk(path, except_for)
        elif entry.is_symlink() or (entry.is_file() and path.suffix[1:].lower() in EXTENSIONS):
            yield path


def _outputs(names: list[PurePosixPath], output_format: str) -> Iterator[str]:
    """A name for each book's audio: the book's own, with its extension where another one would be called the same.

    Upper and lower case, and two ways of writing the same letters, are the same to many systems.
    """
    counts = Counter(_alike(name.with_suffix("")) for name in names)
    for name in names:
        if counts[_alike(name.with_suffix(""))] > 1:
            yield f"{name}.{output_format}"
        elif name.suffix.lower() == f".{output_format}":
            # As `rhapsode export` calls it.
            yield str(name.with_name(f"{name.stem} (read along){name.suffix}"))
        else:
            yield str(name.with_name(f"{name.stem}.{output_format}"))


def _alike(name: PurePosixPath) -> str:
    return unicodedata.normalize("NFC", str(name)).casefold()
