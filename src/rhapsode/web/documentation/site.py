"""All pages of the documentation, and the two files that list them for programs.

Source of their format: llmstxt.org.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from rhapsode.api.openapi_document import operations
from rhapsode.api.operation_names import NAMES
from rhapsode.web.documentation.operation_page import operation_markdown

ROOT = "/docs"
_REFERENCE = f"{ROOT}/api-reference"
_GUIDE = "Guide"
_OURS = "Rhapsode's own"
_TEXTS = files("rhapsode.web.documentation") / "texts"
_WRITTEN = ("introduction", "authentication", "streaming", "compatibility")
_SUMMARY = (
    "Rhapsode narrates documents on your own machine, and answers the official SDKs of ElevenLabs. "
    "These pages are served by every Rhapsode server, and describe that server."
)
_GROUPS: Mapping[str, str] = {
    "text_to_speech": "Text-to-speech",
    "text_to_dialogue": "Text-to-dialogue",
    "history": "History",
    "studio": "Studio",
    "pronunciation_dictionaries": "Pronunciation dictionaries",
    "forced_alignment": "Forced alignment",
    "audio_native": "Audio Native",
    "voices": "Voices",
    "models": "Models",
    "user": "User",
    "webhooks": "Webhooks",
}
_ROW = re.compile(r"^\| `([A-Z]+ /\S+)` \|", re.MULTILINE)
_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Page:
    """One page. path: of its HTML; with `.md` it is `markdown`.    group: of pages that are listed together."""

    path: str
    title: str
    group: str
    summary: str
    markdown: str


@dataclass(frozen=True, slots=True)
class Site:
    """Pages in the order in which they are read."""

    pages: Sequence[Page]

    def find(self, path: str) -> Page | None:
        """The page with a path; the first one for the root of all."""
        if path == ROOT:
            return self.pages[0]
        return next((page for page in self.pages if page.path == path), None)

    def below(self, path: str) -> Sequence[Page]:
        """The page itself, and those whose paths go on from there."""
        return [page for page in self.pages if page.path == path or page.path.startswith(f"{path}/")]

    def groups(self) -> Mapping[str, Sequence[Page]]:
        """Pages by their group, in order."""
        return _grouped(self.pages)


def make_site(document: dict[str, Any]) -> Site:
    """All pages of a server. document: its OpenAPI document."""
    reference = sorted(_reference_pages(document), key=lambda page: _group_order(page.group))
    addresses = {page.markdown.split("`", 2)[1]: page.path for page in reference}
    return Site([*(_written_page(name, addresses) for name in _WRITTEN), *reference])


def list_for_programs(pages: Sequence[Page]) -> str:
    """What `llms.txt` says: each page by its title, address and summary."""
    lines = ["# Rhapsode", "", f"> {_SUMMARY}"]
    for group, members in _grouped(pages).items():
        lines += ["", f"## {group}", ""]
        lines += [f"- [{page.title}]({page.path}.md): {page.summary}" for page in members]
    if len(_grouped(pages)) > 1:
        lines += ["", "## Optional", "", "- [OpenAPI](/openapi.json): every operation, for programs"]
    return "\n".join(lines) + "\n"


def join_for_programs(pages: Sequence[Page]) -> str:
    """What `llms-full.txt` says: all pages, one after the other."""
    return f"{_SUMMARY}\n\n" + "\n".join(f"{page.markdown}\nSource: {page.path}\n" for page in pages)


def _grouped(pages: Sequence[Page]) -> dict[str, list[Page]]:
    groups: dict[str, list[Page]] = {}
    for page in pages:
        groups.setdefault(page.group, []).append(page)
    return groups


def _group_order(group: str) -> int:
    return [*_GROUPS.values(), _OURS].index(group)


def _written_page(name: str, addresses: Mapping[str, str]) -> Page:
    markdown = _ROW.sub(lambda row: _linked(row[1], addresses), _read_text(name))
    title = _TITLE.search(markdown)
    return Page(f"{ROOT}/{name}", title[1] if title else name, _GUIDE, _first_sentence(markdown), markdown)


def _linked(operation: str, addresses: Mapping[str, str]) -> str:
    path = addresses.get(operation)
    return f"| `{operation}` |" if path is None else f"| [`{operation}`]({path}) |"


def _read_text(name: str) -> str:
    """A written page: in the package, or, of one that is read in the repository too, beside the sources."""
    places = (_TEXTS / f"{name}.md", Path(str(files("rhapsode"))).parents[1] / "docs" / f"{name}.md")
    return next(place for place in places if place.is_file()).read_text("utf-8")


def _reference_pages(document: dict[str, Any]) -> Iterator[Page]:
    schemas = document["components"]["schemas"]
    for method, path, operation in operations(document):
        names = NAMES.get(f"{method} {path}")
        markdown = operation_markdown(method, path, operation, schemas)
        yield Page(
            path=f"{_REFERENCE}/{_own_slug(operation) if names is None else _slug(names.sdk)}",
            title=operation["summary"],
            group=_OURS if names is None else _GROUPS[names.sdk.split(".")[0]],
            summary=f"`{method} {path}`. {_one_sentence(operation.get('description', ''))}".strip(),
            markdown=markdown,
        )


def _slug(sdk: str) -> str:
    """As the SDK calls it, which is how the pages of the original are addressed too."""
    return sdk.replace(".", "/").replace("_", "-")


def _own_slug(operation: Mapping[str, Any]) -> str:
    return "rhapsode/" + re.sub(r"[^a-z0-9]+", "-", operation["summary"].lower()).strip("-")


def _first_sentence(markdown: str) -> str:
    paragraphs = markdown.split("\n\n")
    return _one_sentence(" ".join(paragraphs[1].split()))


def _one_sentence(text: str) -> str:
    head = " ".join(text.split("\n\n")[0].split())
    sentence, mark, _ = head.partition(". ")
    return sentence + "." if mark else sentence
