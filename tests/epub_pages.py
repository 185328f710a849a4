"""Pages of EPUBs that real books are, changed where they lie."""

import itertools
import math
import re
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

PARAGRAPH = re.compile(r"<p(?: [^>]*)?>.*?</p>", re.DOTALL)


def rewrite(book: Path, names: Iterable[str], change: Callable[[str], str]) -> None:
    """Change pages of an EPUB by their names in it."""
    changed = set(names)
    with zipfile.ZipFile(book) as opened:
        contents = {info: opened.read(info) for info in opened.infolist()}
    assert changed <= {info.filename for info in contents}
    with zipfile.ZipFile(book, "w") as edited:
        for info, content in contents.items():
            edited.writestr(info, change(content.decode()) if info.filename in changed else content)


def beginning(page: str, kept_percent: int) -> str:
    """A page with the first of its paragraphs, at least one of them."""
    paragraphs = itertools.count()
    kept = math.ceil(len(PARAGRAPH.findall(page)) * kept_percent / 100)
    return PARAGRAPH.sub(lambda match: match[0] if next(paragraphs) < kept else "", page)


def shortest(page: str) -> str:
    """A page with the shortest of its paragraphs alone."""
    kept = min(PARAGRAPH.findall(page), key=len)
    return PARAGRAPH.sub(lambda match: match[0] if match[0] == kept else "", page)
