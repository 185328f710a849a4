"""The pages of an EPUB, cut into sections by its table of contents.

A section runs from one entry's place to the next one's. What no entry mentions is either the beginning of a
page, a page by itself (a dedication, a copyright page), or the continuation of the section before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from rhapsode.documents.chapters import Draft
from rhapsode.documents.flow import Flow, first_heading, is_bare
from rhapsode.documents.matter import matter_of_types
from rhapsode.documents.navigation import Entry
from rhapsode.documents.package import Reference
from rhapsode.documents.roles import (
    GROUPING_ROLES,
    SILENT_ROLES,
    role_of_file,
    role_of_name,
    role_of_term,
    role_of_types,
)
from rhapsode.studio.document import BlockKind, DocumentBlock, Matter

# What follows these without an entry of its own is text that nobody must miss, not their continuation.
_ONE_PAGE_ROLES = frozenset({"cover", "titlepage", "halftitlepage", "imprint", "copyright-page", "colophon"})
_MOST_CHARACTERS_OF_ONE_PAGE = 10_000  # long copyright pages have 5,000
_FEWEST_ENTRIES = 2  # a table of contents with one entry ("Start") divides nothing


@dataclass(frozen=True, slots=True)
class Page:
    """One file of the reading order, read."""

    path: str
    flow: Flow
    linear: bool = True


@dataclass(slots=True)
class Section:
    """A stretch of one page (or of several, once continuations are joined).

    name: its entry's label, None where no entry leads here.    typed: its role is said by `epub:type`.
    """

    page: Page
    start: int
    blocks: list[DocumentBlock]
    name: str | None
    role: str | None = None
    typed: bool = False
    said: Matter | None = None


def drafts_of(
    pages: Sequence[Page], entries: Sequence[Entry], references: Sequence[Reference]
) -> list[Draft]:
    """The book's chapters, still unplaced."""
    by_path: dict[str, list[Entry]] = {}
    for entry in entries:
        by_path.setdefault(entry.path, []).append(entry)
    if len(entries) < _FEWEST_ENTRIES < len(pages):
        by_path = {}
    sections = [section for page in pages for section in _cut(page, by_path.get(page.path, []))]
    most_silent = sum(map(_characters, sections)) // 2
    for section in sections:
        _describe(section, references)
        if not section.typed and not _may_be(section, most_silent):
            section.role = None
    _apply_body_start(sections, references)
    joined = _with_grouping_headings(_with_continuations(sections, contents_known=bool(by_path)))
    return [
        Draft(s.blocks, s.name or None, s.role, s.said, narrated=s.page.linear or s.name is not None)
        for s in joined
    ]


def place_of(entry: Entry, flow: Flow) -> int:
    """The index of the block an entry leads to: its anchor, else a heading that says the same, else 0."""
    if entry.fragment in flow.anchors:
        return flow.anchors[entry.fragment]
    if not entry.fragment:
        return 0
    label = entry.name.casefold()
    alike = (
        i for i, b in enumerate(flow.blocks) if b.kind is BlockKind.HEADING and b.text.casefold() == label
    )
    return next(alike, 0)


def _cut(page: Page, entries: Sequence[Entry]) -> list[Section]:
    flow = page.flow
    places = _entry_at_place(flow, entries)
    cuts = sorted(places)
    bounds = [*cuts, len(flow.blocks)]
    sections = _unnamed(page, 0, bounds[0])
    for start, stop in zip(cuts, bounds[1:], strict=True):
        sections.append(Section(page, start, flow.blocks[start:stop], places[start].name))
    return [section for section in sections if section.blocks]


def _entry_at_place(flow: Flow, entries: Sequence[Entry]) -> dict[int, Entry]:
    """The entry for each cut. Of several that lead to one place the first counts, or the chapter below it."""
    found: dict[int, Entry] = {}
    for entry in entries:
        place = place_of(entry, flow)
        if place not in found or entry.depth > found[place].depth:
            found[place] = entry
    # Headings and page markers right before a place introduce it, unless another entry leads to them.
    moved: dict[int, Entry] = {}
    floor = 0
    for place in sorted(found):
        start = place
        while start > floor and flow.blocks[start - 1].kind in {BlockKind.HEADING, BlockKind.PAGE_MARKER}:
            start -= 1
        moved[place if start == floor and floor in found and floor != place else start] = found[place]
        floor = place
    return moved


def _unnamed(page: Page, start: int, stop: int) -> list[Section]:
    """What stands before the first entry of a page, one section per role (title page, dedication)."""
    roles = [role_of_types(page.flow.types[index]) for index in range(start, stop)]
    sections = []
    for _, indexes in groupby(range(start, stop), key=lambda index: roles[index - start]):
        group = list(indexes)
        sections.append(Section(page, group[0], page.flow.blocks[group[0] : group[-1] + 1], None))
    return sections


def _describe(section: Section, references: Sequence[Reference]) -> None:
    """Find out the section's role and matter."""
    flow, start = section.page.flow, section.start
    kinds = [block.kind for block in section.blocks]
    offset = next((i for i, kind in enumerate(kinds) if kind is not BlockKind.PAGE_MARKER), 0)
    types = flow.types[start + offset]
    section.role = role_of_types(types)
    section.typed = section.role is not None
    section.said = matter_of_types(types)
    if section.role is None:
        section.role = _referred_role(section, references) or role_of_name(section.name or "")
    if section.role is None and start == 0:
        section.role = role_of_file(section.page.path)
    if section.role is None and section.name is None:
        section.role = role_of_name(first_heading(section.blocks) or "")


def _may_be(section: Section, most_silent: int) -> bool:
    """Whether a section's length allows its role: a guess must not silence a chapter called "Cover", nor the book."""
    if section.role in _ONE_PAGE_ROLES:
        return _characters(section) <= _MOST_CHARACTERS_OF_ONE_PAGE
    return section.role not in SILENT_ROLES or _characters(section) <= max(
        most_silent, _MOST_CHARACTERS_OF_ONE_PAGE
    )


def _characters(section: Section) -> int:
    return sum(len(block.text) for block in section.blocks)


def _referred_role(section: Section, references: Sequence[Reference]) -> str | None:
    for reference in references:
        role = role_of_term(reference.role)
        if role is not None and _leads_to(reference, section):
            return role
    return None


def _leads_to(reference: Reference, section: Section) -> bool:
    if reference.path != section.page.path:
        return False
    place = section.page.flow.anchors.get(reference.fragment, 0)
    return section.start <= place < section.start + len(section.blocks)


def _apply_body_start(sections: Sequence[Section], references: Sequence[Reference]) -> None:
    """Call front matter what stands before the place where reading begins, unless something says more."""
    starts = [reference for reference in references if reference.role in {"bodymatter", "text"}]
    begin = next((i for i, s in enumerate(sections) if any(_leads_to(r, s) for r in starts)), 0)
    for section in sections[:begin]:
        if section.role is None and section.said is None:
            section.said = Matter.FRONT


def _with_continuations(sections: Sequence[Section], *, contents_known: bool) -> list[Section]:
    """Append pages that no entry mentions to the section before, unless they are something by themselves."""
    any_heading = any(first_heading(section.blocks) for section in sections)
    joined: list[Section] = []
    for index, section in enumerate(sections):
        following = sections[index + 1] if index + 1 < len(sections) else None
        if section.name is None and following is not None and _introduces(section, following):
            following.blocks = section.blocks + following.blocks
            continue
        by_itself = _stands_alone(section, joined[-1]) if joined else True
        if not contents_known and not by_itself:
            by_itself = not any_heading or first_heading(section.blocks) is not None
        if section.name is not None or by_itself:
            joined.append(section)
        else:
            joined[-1].blocks += section.blocks
    return joined


def _introduces(section: Section, following: Section) -> bool:
    return (
        section.page is following.page
        and following.name is not None
        and not section.typed
        and is_bare(section.blocks)
    )


def _stands_alone(section: Section, before: Section) -> bool:
    titled = first_heading(section.blocks) is not None
    if section.page is before.page and section.role == before.role:
        return False
    if not section.page.linear or before.role in _ONE_PAGE_ROLES or (before.role in SILENT_ROLES and titled):
        return True
    if section.said is not None and before.said is not None and section.said is not before.said:
        return True
    if section.role in {"chapter", *GROUPING_ROLES}:
        return section.page is not before.page and titled
    return section.role is not None and section.role != before.role


def _with_grouping_headings(sections: Sequence[Section]) -> list[Section]:
    """Move the titles of parts and volumes to the front of the chapter they introduce."""
    kept: list[Section] = []
    waiting: list[DocumentBlock] = []
    for index, section in enumerate(sections):
        if index + 1 < len(sections) and _only_groups(section, sections[index + 1]):
            waiting += section.blocks
        else:
            section.blocks = waiting + section.blocks
            waiting = []
            kept.append(section)
    return kept


def _only_groups(section: Section, following: Section) -> bool:
    """Whether a section is but a title, not a chapter left empty or a dedication set as a heading."""
    if section.typed and section.role not in GROUPING_ROLES:
        return False
    if section.role in SILENT_ROLES or section.role in {"dedication", "epigraph"}:
        return False
    return is_bare(section.blocks) and following.role not in SILENT_ROLES
