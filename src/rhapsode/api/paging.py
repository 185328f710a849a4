"""What is asked of a list that comes in pages, checked in the same words everywhere."""

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
