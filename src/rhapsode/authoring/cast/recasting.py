"""A book that comes again, in another version: its cast goes on."""

import functools
from collections.abc import Sequence

from rhapsode.authoring.cast.casting import Paragraphs, cast_project, paragraphs_of
from rhapsode.storage import cast as casts
from rhapsode.storage.records import Transaction
from rhapsode.studio.cast import Cast
from rhapsode.studio.ids import ProjectId
from rhapsode.studio.project import Chapter, Project
from rhapsode.text.cast.book import BookCast, find_cast
from rhapsode.voices.catalogue import open_catalogue


# What a client sends is looked at before the records are locked for it, and once more when they are: as many as do so
# at once.
@functools.lru_cache(maxsize=4)
def analysed(paragraphs: Paragraphs) -> BookCast:
    """Who speaks in a book by the rules. A novel takes one to two seconds."""
    return find_cast(paragraphs)


def has_cast(tx: Transaction, project_id: ProjectId) -> bool:
    """Whether `recast` will ask who speaks, which somebody should know before all who write wait for it."""
    return casts.find_cast(tx, project_id) is not None


def recast(
    tx: Transaction,
    project: Project,
    stored: Sequence[Chapter],
    chapters: Sequence[Chapter],
    *,
    is_wanted: bool = False,
) -> tuple[Chapter, ...]:
    """A project's new chapters with the cast that it has; the same chapters where it has none.

    stored: what they were before.    is_wanted: whether one is made where there is none.
    The cast is kept; the chapters are the caller's to save.
    """
    before = casts.find_cast(tx, project.project_id)
    if before is None and not is_wanted:
        return tuple(chapters)
    before = before or Cast()
    found = analysed(paragraphs_of(chapters))
    casting = cast_project(project, chapters, found, open_catalogue(tx), before=before, stored=stored)
    casts.save_cast(tx, project.project_id, casting.cast)
    return casting.chapters
