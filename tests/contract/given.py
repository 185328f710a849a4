"""What calls of every operation are made with."""

from dataclasses import dataclass

from .asking import raw_http
from .belongings import Belongings, make_belongings


@dataclass(frozen=True)
class Given:
    """kept: stays as it is.    spare: may be deleted.    page_url: of an article.    recording: an MP3."""

    kept: Belongings
    spare: Belongings
    page_url: str
    recording: bytes


def make_given(url: str, key: str, page_url: str) -> Given:
    """Make everything twice, and a recording."""
    with raw_http(url, key) as http:
        kept, spare = (make_belongings(http, page_url, text=text) for text in ("It rained.", "It snowed."))
        recording = http.get(f"/v1/history/{kept.history_item_id}/audio").content
    return Given(kept, spare, page_url, recording)
