"""Refuse text that is no text: halves of surrogate pairs, which JSON can spell and UTF-8 can't.

The framework lets them through, and they would come out as errors of whatever first wants to write them down.
"""

import json
import re

from fastapi import Request

from rhapsode.studio.errors import InvalidInput

_HALF = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]")


async def refuse_half_characters(request: Request) -> None:
    """A dependency of every route. Raises: InvalidInput."""
    if not request.headers.get("content-type", "").lower().startswith("application/json"):
        return
    body = await request.body()
    # Whole pairs look like that too, so most bodies that get here are fine.
    if _HALF.search(body) and not _is_text(body):
        msg = "The body holds half of a character: a surrogate without the other one of its pair."
        raise InvalidInput(msg)


def _is_text(body: bytes) -> bool:
    try:
        json.dumps(json.loads(body), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    except ValueError:
        return True  # no JSON at all, which is for others to say
    return True
