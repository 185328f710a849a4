"""Which requests carry a form, and so must not be answered with what makes clients send them again.

The official Python SDK loses a form's fields when it repeats a multipart request (docs/decisions/0057).
"""

import re

from starlette.requests import Request

# A header alone says nothing: whoever sends it chooses it, and would have no limits by it.
_FORM_PATH = re.compile(
    r"/v1/("
    r"studio/projects(/[^/]+/content)?"
    r"|voices/(add|[^/]+/edit)"
    r"|pronunciation-dictionaries/add-from-file"
    r"|forced-alignment"
    r"|audio-native(/[^/]+/content)?"
    r")"
)


def is_form(request: Request) -> bool:
    """Whether this is a multipart form, sent to one of the operations of the original that read one."""
    is_multipart = request.headers.get("content-type", "").lower().startswith("multipart/")
    return (
        is_multipart and request.method == "POST" and _FORM_PATH.fullmatch(request.scope["path"]) is not None
    )
