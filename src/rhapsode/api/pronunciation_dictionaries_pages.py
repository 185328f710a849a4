"""Pages of the list of pronunciation dictionaries: what is asked for, and the cursor to the next one."""

import base64
import binascii
from typing import Literal

from pydantic import BaseModel

from rhapsode.api.paging import check_page_size
from rhapsode.storage.dictionaries import Dictionary, DictionaryQuery
from rhapsode.studio.errors import InvalidCursor, InvalidInput
from rhapsode.studio.ids import DictionaryId, is_id
from rhapsode.studio.limits import MAX_DICTIONARY_PAGE

_ID_CHARACTERS = 20
_DESCENDING = {"desc": True, "descending": True, "asc": False, "ascending": False}


class ListQuery(BaseModel):
    """The parameters of operation get_pronunciation_dictionaries_metadata."""

    cursor: str | None = None
    page_size: int = 30
    sort: Literal["creation_time_unix", "name"] | None = "creation_time_unix"
    sort_direction: str | None = "DESCENDING"
    include_archived: bool = True

    def storage_query(self) -> DictionaryQuery:
        """What is looked for. Raises: InvalidPageSize; InvalidCursor; InvalidInput, for an unknown direction."""
        check_page_size(self.page_size, most=MAX_DICTIONARY_PAGE)
        descending = _DESCENDING.get((self.sort_direction or "desc").lower())
        if descending is None:
            msg = f"sort_direction is asc or desc, not {self.sort_direction!r}."
            raise InvalidInput(msg)
        after, after_name = _place(self.cursor) if self.cursor else (None, "")
        return DictionaryQuery(
            by_name=self.sort == "name",
            descending=descending,
            include_archived=self.include_archived,
            after=after,
            after_name=after_name,
        )


def cursor_behind(last: Dictionary) -> str:
    """Where the page after this dictionary begins, in any order, also when it has got another name meanwhile."""
    return last.dictionary_id + base64.urlsafe_b64encode(last.name.encode()).decode().rstrip("=")


def _place(cursor: str) -> tuple[DictionaryId, str]:
    dictionary_id, name = cursor[:_ID_CHARACTERS], cursor[_ID_CHARACTERS:]
    try:
        after_name = base64.b64decode(name + "=" * (-len(name) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        after_name = None
    if after_name is None or not is_id(dictionary_id):
        msg = "cursor isn't what next_cursor of an earlier page was."
        raise InvalidCursor(msg)
    return DictionaryId(dictionary_id), after_name
