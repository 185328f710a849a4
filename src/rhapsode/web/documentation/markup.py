"""Pages as HTML: rendered from Markdown in which no HTML is allowed, in one template without a script."""

import re
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from itertools import pairwise
from string import Template

from markdown_it import MarkdownIt
from markdown_it.token import Token

from rhapsode.web.documentation.site import Page, Site

_FILES = files("rhapsode.web.documentation")
_TEMPLATE = Template((_FILES / "page.html").read_text("utf-8"))
STYLE = (_FILES / "documentation.css").read_bytes()
_NOT_IN_ANCHORS = re.compile(r"[^\w\- ]")
_NOT_FOUND = "# Page not found\n\nThere is no such page. The list of all pages is beside this text.\n"


def page_html(site: Site, page: Page) -> str:
    """A page with its navigation."""
    return _filled(site, title=page.title, content=_rendered(page.markdown), current=page)


def not_found_html(site: Site) -> str:
    """What is shown in place of a page that isn't there."""
    return _filled(site, title="Page not found", content=_rendered(_NOT_FOUND), current=None)


def _filled(site: Site, *, title: str, content: str, current: Page | None) -> str:
    source = ""
    if current is not None:
        source = f'<a href="{escape(current.path)}.md" rel="alternate" type="text/markdown">This page as Markdown</a>'
    return _TEMPLATE.substitute(
        title=escape(title), navigation=_navigation(site, current), content=content, source=source
    )


def _navigation(site: Site, current: Page | None) -> str:
    return "".join(
        f"<h2>{escape(group)}</h2>\n<ul>\n{''.join(_entry(page, current) for page in pages)}</ul>\n"
        for group, pages in site.groups().items()
    )


def _entry(page: Page, current: Page | None) -> str:
    here = ' aria-current="page"' if page == current else ""
    return f'<li><a href="{escape(page.path)}"{here}>{escape(page.title)}</a></li>\n'


def _rendered(markdown: str) -> str:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(markdown)
    _set_anchors(tokens)
    html = str(parser.renderer.render(tokens, parser.options, {}))
    # A wide table is moved sideways by itself, with the keyboard too.
    region = '<div class="table" role="region" aria-label="Table" tabindex="0"><table>'
    return html.replace("<table>", region).replace("</table>", "</table></div>")


def _set_anchors(tokens: Sequence[Token]) -> None:
    """Give each heading the anchor that it has where the same Markdown is read in a repository."""
    taken: dict[str, int] = {}
    for heading, inline in pairwise(tokens):
        if heading.type != "heading_open":
            continue
        anchor = _NOT_IN_ANCHORS.sub("", inline.content.lower()).replace(" ", "-")
        count = taken.get(anchor, 0)
        taken[anchor] = count + 1
        heading.attrSet("id", f"{anchor}-{count}" if count else anchor)
