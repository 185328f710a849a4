"""What a fetched document is called."""

import re
from email.message import Message

_MAX_CHARACTERS = 200
_UNWANTED = re.compile(r"[\x00-\x1f\x7f]")


def find_filename(disposition: str, path: str) -> str:
    """The last part of a document's name; empty where it has none.

    disposition: the header Content-Disposition, or nothing.    path: of the address, decoded, without its query.
    """
    message = Message()
    message["content-disposition"] = _UNWANTED.sub(" ", disposition)
    named = message.get_filename() or path
    last = re.split(r"[/\\]", _UNWANTED.sub("", named))[-1]
    return last.strip()[-_MAX_CHARACTERS:]
