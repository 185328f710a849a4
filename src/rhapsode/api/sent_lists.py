"""Lists as clients send them, bounded before anything in them is looked at."""

from typing import Any

from pydantic import BeforeValidator

from rhapsode.studio.errors import InvalidInput


def at_most(limit: int, *, of_what: str) -> BeforeValidator:
    """Refuse a longer list with InvalidInput. of_what: as in "nodes of one block".

    Being Python, it is also where other threads get their turn while many lists are checked.
    """

    def check(sent: Any) -> Any:
        if isinstance(sent, list) and len(sent) > limit:
            msg = f"There are {len(sent):,} {of_what}; at most {limit:,} are possible."
            raise InvalidInput(msg)
        return sent

    return BeforeValidator(check)
