"""What a chapter is for: the terms of the EPUB structural semantics vocabulary, and what follows from them.

Evidence, strongest first: `epub:type` (or DPUB-ARIA role), the guide or landmarks, the chapter's name, its
file's name.
"""

import re
from collections.abc import Iterable

from rhapsode.documents.role_words import ROLE_OF_NAME

SILENT_ROLES = frozenset(
    {
        "cover",
        "titlepage",
        "halftitlepage",
        "imprint",
        "colophon",
        "copyright-page",
        "toc",
        "loi",
        "lot",
        "index",
        "endnotes",
        "bibliography",
    }
)
"""Roles that nobody wants read aloud unless they ask."""

FRONT_ROLES = frozenset(
    {
        "cover",
        "titlepage",
        "halftitlepage",
        "imprint",
        "toc",
        "loi",
        "lot",
        "dedication",
        "foreword",
        "preface",
    }
    | {"introduction"}
)
BACK_ROLES = frozenset({"colophon", "index", "endnotes", "bibliography", "glossary", "appendix", "afterword"})
GROUPING_ROLES = frozenset({"part", "volume", "division"})
BODY_ROLES = GROUPING_ROLES | {"chapter", "prologue", "epilogue", "conclusion", "subchapter"}
PLACED_ROLES = frozenset({"epigraph", "acknowledgments", "copyright-page", "credits"})
"""Roles found at either end of a book: their place says to which part they belong."""

ROLES = FRONT_ROLES | BACK_ROLES | BODY_ROLES | PLACED_ROLES

_SAME_AS = {
    "halftitle": "halftitlepage",
    "title-page": "titlepage",
    "seriespage": "imprint",
    "imprimatur": "imprint",
    "copyright": "copyright-page",
    "acknowledgements": "acknowledgments",
    "rearnotes": "endnotes",
    "footnotes": "endnotes",
    "notes": "endnotes",
    "toc-brief": "toc",
    "lof": "loi",
    "loa": "loi",
    "lov": "loi",
    "index-group": "index",
    "other-credits": "credits",
    "contributors": "credits",
}

_ROLE_OF_START = (
    (re.compile(r"(?:end)?notes to "), "endnotes"),
    (re.compile(r"copyright (?:©|\(c\)|\d{4})|©"), "copyright-page"),
    (re.compile(r"table of contents\b"), "toc"),
    (re.compile(r"appendix [a-z0-9]{1,4}\b"), "appendix"),
    (re.compile(r"acknowledge?ments\b"), "acknowledgments"),
)
# A file is often called "index" or "title" without being one, and "note" says little.
_NOT_IN_FILE_NAMES = frozenset(
    {"index", "title", "titel", "titre", "note", "register", "capa", "rights", "indice"}
)
_NUMBERING = re.compile(r"^[\W\d_]+|[\W_]+$")
_FILE_NUMBERING = re.compile(r"[\d_\s-]+")

_TITLES = {
    "cover": "Cover",
    "titlepage": "Title Page",
    "halftitlepage": "Half Title",
    "imprint": "Imprint",
    "colophon": "Colophon",
    "copyright-page": "Copyright",
    "toc": "Contents",
    "loi": "Illustrations",
    "dedication": "Dedication",
    "epigraph": "Epigraph",
    "endnotes": "Notes",
}


def role_of_types(types: Iterable[str]) -> str | None:
    """The role that the structural terms around a block give it, outermost first.

    The outermost role counts, for a chapter may begin with an epigraph; but chapters stand inside parts, and
    a title page may hold a dedication, which is worth hearing.
    """
    roles = [role for role in (_SAME_AS.get(term, term) for term in types) if role in ROLES]
    if not roles:
        return None
    inner = next((role for role in roles if role not in GROUPING_ROLES), roles[0])
    return roles[-1] if inner in {"titlepage", "cover"} else inner


def role_of_term(term: str) -> str | None:
    """The role that a guide or landmark term stands for."""
    role = _SAME_AS.get(term, term)
    return role if role in ROLES else None


def role_of_name(name: str) -> str | None:
    """The role that a chapter's name tells."""
    bare = _NUMBERING.sub("", name.casefold().replace("\u2019", "'"))
    if bare in ROLE_OF_NAME:
        return ROLE_OF_NAME[bare]
    return next((role for pattern, role in _ROLE_OF_START if pattern.match(name.casefold())), None)


def role_of_file(path: str) -> str | None:
    """The role that a file's name tells."""
    stem = path.rpartition("/")[2].rpartition(".")[0].casefold()
    for name in (_FILE_NUMBERING.sub(" ", stem).strip(), _FILE_NUMBERING.sub("", stem)):
        if name in ROLE_OF_NAME and name not in _NOT_IN_FILE_NAMES:
            return ROLE_OF_NAME[name]
    return None


def title_of_role(role: str) -> str | None:
    """A name for a chapter that has none but its role."""
    return _TITLES.get(role)
