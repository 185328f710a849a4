"""What a client sent that will not be heard, in words."""

from collections import Counter
from collections.abc import Iterator

from rhapsode.api.project_form import ProjectForm
from rhapsode.studio.document import BlockKind, Document, LeftOut

_NOT_NARRATED = "Kept in the project, but not narrated."
# What each field would have done, and what happens instead.
_UNUSED = {
    "create_publishing_read": "There is no app for readers that it could be published in.",
}


def unheard(document: Document | None) -> Iterator[LeftOut]:
    """What the import didn't keep, and what isn't narrated."""
    if document is not None:
        yield from document.left_out
        yield from _unnarrated_chapters(document)
        yield from _unnarrated_blocks(document)


def without_effect(form: ProjectForm) -> Iterator[LeftOut]:
    """Which fields of the form do nothing."""
    for field, reason in _UNUSED.items():
        if getattr(form, field):
            yield LeftOut(field, reason)


def _unnarrated_chapters(document: Document) -> Iterator[LeftOut]:
    names = [chapter.name for chapter in document.chapters if not chapter.narrated]
    if names:
        count = "1 chapter" if len(names) == 1 else f"{len(names):,} chapters"
        yield LeftOut(f"{count}: {', '.join(names)}", _NOT_NARRATED)


def _unnarrated_blocks(document: Document) -> Iterator[LeftOut]:
    narrated = (chapter for chapter in document.chapters if chapter.narrated)
    kinds = Counter(block.kind for chapter in narrated for block in chapter.blocks if not block.narrated)
    for kind, count in sorted(kinds.items()):
        yield LeftOut(_counted(kind, count), _NOT_NARRATED)


def _counted(kind: BlockKind, count: int) -> str:
    name = kind.value.replace("_", " ")
    return f"{count:,} {name}" if count == 1 else f"{count:,} {name}s"
