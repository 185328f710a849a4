"""What is asked of a list that comes in pages, checked in the same words everywhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from rhapsode.studio.errors import InvalidCursor, InvalidPageSize
from rhapsode.studio.ids import is_id


def check_page_size(page_size: int, *, most: int) -> None:
    """Raises InvalidPageSize."""
    if not 1 <= page_size <= most:
        msg = f"page_size is 1 to {most}, not {page_size}."
        raise InvalidPageSize(msg)


def read_place(start_after: str | None, *, name: str, of_what: str) -> str | None:
    """The id behind which a page begins; None for the first one.

    name: of the parameter.    of_what: is listed.    Raises: InvalidCursor.
    """
    if start_after and not is_id(start_after):
        msg = f"{name} isn't the id of a {of_what}. Send what the page before says, or leave it out."
        raise InvalidCursor(msg)
    return start_after or None


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list that is told whole to who asks for none.

    size: None for all.    after: the id that it follows; None for the first.
    """

    size: int | None
    after: str | None

    @property
    def wanted_count(self) -> int | None:
        """One more than it has, which says whether there is more."""
        return None if self.size is None else self.size + 1

    def cut(self, listed: Sequence[T]) -> tuple[Sequence[T], bool]:
        """What the page has of what was wanted, and whether there is more."""
        return listed[: self.size], self.size is not None and len(listed) > self.size
