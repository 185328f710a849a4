"""Documents made a little wrong: bytes anywhere, or the files inside of a zip, which are packed again.

All of it follows from the `random.Random` that is given, so that a case is found again by its seed.
"""

import io
import random
import re
import warnings
import zipfile
import zlib
from collections.abc import Callable, Sequence

Mutate = Callable[[random.Random, bytes], bytes]

_MOST_CHANGES = 6
_LARGEST_PART_BYTES = 300_000
_MARKUP_NAME = re.compile(r"\.(?:xml|xhtml|html|htm|opf|ncx|rels|svg|smil|css)$|mimetype", re.IGNORECASE)
_TAG = re.compile(rb"<[^<>]{1,200}>")
_ATTRIBUTE = re.compile(rb"""[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*')""")
_NUMBER = re.compile(rb"-?\d+")
_PDF_OBJECT = re.compile(rb"\d+ 0 obj\b.*?endobj", re.DOTALL)
_NAME = re.compile(rb"/[A-Za-z]{2,20}")
_NASTY_NUMBERS = (
    b"0",
    b"-1",
    b"1",
    b"9",
    b"255",
    b"65535",
    b"2147483647",
    b"-2147483648",
    b"99999999999999999999",
)
_NASTY = (
    *(
        b"\0",
        b"\xff\xfe",
        b"\xfe\xff",
        b"\xef\xbb\xbf",
        b"\r",
        b"\x0c",
        b"\x1b",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
    ),
    *(
        b"<",
        b">",
        b"&",
        b"&#0;",
        b"&#xD800;",
        b"&#1114112;",
        b"&nbsp;",
        b"&x;",
        b"]]>",
        b"<![CDATA[",
        b"<!--",
        b"-->",
    ),
    *(
        b"<!DOCTYPE a [",
        b"<!ENTITY a 'b'>",
        b"<?xml version='1.1'?>",
        b"<?xml encoding='utf-7'?>",
        b"<a/>",
        b"</html>",
    ),
    *(
        b"../",
        b"%2e%2e%2f",
        b"%00",
        b"http://[",
        b"//",
        b"#",
        b"?",
        b"file:///etc/passwd",
        b"\\",
        b":",
        b"%",
        b"%zz",
    ),
    *("\u202e\u0301\u2028".encode(), "\U0001f600".encode(), "\u0660\u00b2\u2160".encode(), "\ufffe".encode()),
    *(
        b"w:val",
        b"epub:type='toc'",
        b"id=''",
        b"hidden=''",
        b"xml:lang='x'",
        b"xmlns=''",
        b"xmlns:w='x'",
        b"<p>" * 300,
    ),
)


def mutated(chance: random.Random, content: bytes) -> bytes:
    """A document with some things changed: inside of its files where it is a zip."""
    if content.startswith(b"PK\x03\x04") and chance.random() < 0.85 and (files := _files_of(content)):
        return _mutated_zip(chance, files)
    kinds = _PDF_KINDS if content.startswith(b"%PDF") else _MARKUP_KINDS
    return _changed(chance, content, kinds)


def _changed(chance: random.Random, content: bytes, kinds: Sequence[Mutate]) -> bytes:
    for _ in range(chance.randint(1, _MOST_CHANGES)):
        content = chance.choice(kinds)(chance, content)
    return content


def _files_of(content: bytes) -> list[tuple[str, bytes]]:
    """The files of a zip; none where it is wrong already."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return [(name, archive.read(name)) for name in archive.namelist()]
    except (zipfile.BadZipFile, zlib.error, RuntimeError, OSError):
        return []


def _mutated_zip(chance: random.Random, files: list[tuple[str, bytes]]) -> bytes:
    for _ in range(chance.randint(1, 3)):
        markup = [index for index, (name, _) in enumerate(files) if _MARKUP_NAME.search(name)]
        if not markup:
            break
        index = chance.choice(markup)
        name, part = files[index]
        kind = chance.random()
        if kind < 0.82:
            files[index] = name, _changed(chance, part[:_LARGEST_PART_BYTES], _MARKUP_KINDS)
        elif kind < 0.87:
            del files[index]
        elif kind < 0.92:
            files[index] = name, chance.choice(files)[1]
        elif kind < 0.96:
            files.append((_odd_name(chance, name), part))
        else:
            files[index] = name, b""
    return _packed(chance, files)


def _odd_name(chance: random.Random, name: str) -> str:
    odd = (
        name.upper(),
        name.replace("/", "\\"),
        f"../{name}",
        f"/{name}",
        f"{name}\0",
        name * 40,
        "",
        f"{name}/",
        name,
    )
    return chance.choice(odd)


def _packed(chance: random.Random, files: Sequence[tuple[str, bytes]]) -> bytes:
    target = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(
            target, "w", chance.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
        ) as archive:
            for name, part in files:
                archive.writestr(zipfile.ZipInfo(name), part)
    return target.getvalue()


def _flip(chance: random.Random, content: bytes) -> bytes:
    if not content:
        return content
    place = chance.randrange(len(content))
    return content[:place] + bytes([content[place] ^ (1 << chance.randrange(8))]) + content[place + 1 :]


def _insert(chance: random.Random, content: bytes) -> bytes:
    place = chance.randint(0, len(content))
    return content[:place] + chance.choice(_NASTY) + content[place:]


def _cut(chance: random.Random, content: bytes) -> bytes:
    start = chance.randint(0, len(content))
    return content[:start] + content[start + chance.choice((1, 8, 64, 1000, len(content))) :]


def _twice(chance: random.Random, content: bytes) -> bytes:
    start = chance.randint(0, len(content))
    piece = content[start : start + chance.randint(1, 2000)]
    return content[:start] + piece * chance.choice((2, 2, 3, 50)) + content[start:]


def _at(pattern: re.Pattern[bytes], change: Callable[[random.Random, bytes], bytes]) -> Mutate:
    """Change one of the places that a pattern finds."""

    def mutate(chance: random.Random, content: bytes) -> bytes:
        found = list(pattern.finditer(content))
        if not found:
            return _insert(chance, content)
        match = chance.choice(found)
        return content[: match.start()] + change(chance, match[0]) + content[match.end() :]

    return mutate


def _swapped(pattern: re.Pattern[bytes]) -> Mutate:
    """Put one thing that a pattern finds in the place of another."""

    def mutate(chance: random.Random, content: bytes) -> bytes:
        found = list(pattern.finditer(content))
        if len(found) < 2:
            return _flip(chance, content)
        match, other = chance.choice(found), chance.choice(found)
        return content[: match.start()] + other[0] + content[match.end() :]

    return mutate


def _nothing(_chance: random.Random, _piece: bytes) -> bytes:
    return b""


def _nested(chance: random.Random, piece: bytes) -> bytes:
    return piece * chance.choice((2, 10, 300, 3000))


def _nasty_value(chance: random.Random, piece: bytes) -> bytes:
    return (
        piece.split(b"=")[0]
        + b'="'
        + chance.choice((*_NASTY, *_NASTY_NUMBERS, b"")).replace(b'"', b"")
        + b'"'
    )


def _nasty_number(chance: random.Random, _piece: bytes) -> bytes:
    return chance.choice(_NASTY_NUMBERS)


_EVERYWHERE: tuple[Mutate, ...] = (_flip, _insert, _cut, _twice, _at(_NUMBER, _nasty_number))
_MARKUP_KINDS: tuple[Mutate, ...] = (
    *_EVERYWHERE,
    *(_at(_TAG, _nothing), _at(_TAG, _nested), _swapped(_TAG), _at(_ATTRIBUTE, _nothing)),
    *(_at(_ATTRIBUTE, _nasty_value), _swapped(_ATTRIBUTE)),
)
_PDF_KINDS: tuple[Mutate, ...] = (
    *_EVERYWHERE,
    *(_swapped(_PDF_OBJECT), _at(_PDF_OBJECT, _nothing), _swapped(_NAME), _swapped(_NUMBER)),
)
