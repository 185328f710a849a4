"""Which part of the book each chapter belongs to."""

from collections.abc import Sequence
from dataclasses import dataclass

from rhapsode.documents.roles import BACK_ROLES, BODY_ROLES, FRONT_ROLES
from rhapsode.studio.document import Matter

_MATTER_OF_TERM = {"frontmatter": Matter.FRONT, "bodymatter": Matter.BODY, "backmatter": Matter.BACK}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a chapter. `said`: the part that the book itself names."""

    role: str
    said: Matter | None = None


def matter_of_types(types: Sequence[str]) -> Matter | None:
    """The part of the book that structural terms name, innermost last."""
    return next((_MATTER_OF_TERM[term] for term in reversed(types) if term in _MATTER_OF_TERM), None)


def matters(chapters: Sequence[Evidence]) -> list[Matter]:
    """The part for each chapter: as the book says, as its role says, or by its place around the body."""
    body = [index for index, chapter in enumerate(chapters) if _is_body(chapter)]
    first, last = (body[0], body[-1]) if body else (len(chapters), -1)
    return [_matter(chapter, index, first, last) for index, chapter in enumerate(chapters)]


def _is_body(chapter: Evidence) -> bool:
    return chapter.role in BODY_ROLES if chapter.said is None else chapter.said is Matter.BODY


def _matter(chapter: Evidence, index: int, first: int, last: int) -> Matter:
    if chapter.said is not None:
        return chapter.said
    if index < first or (chapter.role in FRONT_ROLES and index < last):
        return Matter.BACK if last < 0 and chapter.role in BACK_ROLES else Matter.FRONT
    return Matter.BACK if index > last or chapter.role in BACK_ROLES else Matter.BODY
