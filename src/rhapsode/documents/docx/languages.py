"""Which language a Word document is in, and which of its stretches are in another."""

from collections import Counter

from lxml import etree

from rhapsode.documents.docx.styles import Styles
from rhapsode.documents.docx.wordml import W, find, paragraphs, value_of
from rhapsode.documents.markup import language_tag

_EAST_ASIAN = range(0x2E80, 0xA000)
_HANGUL = range(0xAC00, 0xD7B0)
_RIGHT_TO_LEFT = range(0x0590, 0x0900)


def run_languages(root: etree._Element, styles: Styles) -> dict[etree._Element, str]:
    """The language that each run with text is marked with."""
    found = {}
    for paragraph in paragraphs(root):
        inherited = _language_in_chain(paragraph, styles)
        for run in paragraph.iter(f"{W}r"):
            text = "".join(element.text or "" for element in run.findall(f"{W}t"))
            if text.strip():
                language = _said(find(run, "rPr", "lang"), text) or _said(inherited, text)
                if language is not None:
                    found[run] = language
    return found


def main_language(languages: dict[etree._Element, str]) -> str | None:
    """The language of most characters; None where no run is marked."""
    characters: Counter[str] = Counter()
    for run, language in languages.items():
        characters[language] += sum(len(element.text or "") for element in run.findall(f"{W}t"))
    return characters.most_common(1)[0][0] if characters else None


def _language_in_chain(paragraph: etree._Element, styles: Styles) -> etree._Element | None:
    for style in styles.chain(paragraph):
        mark = find(style, "rPr", "lang")
        if mark is not None:
            return mark
    return find(styles.defaults, "lang")


def _said(mark: etree._Element | None, text: str) -> str | None:
    """Word keeps three languages for a run, and its letters decide which one holds."""
    return language_tag(value_of(mark, _attribute_for(text)))


def _attribute_for(text: str) -> str:
    letter = ord(next((character for character in text if character.isalpha()), "a"))
    if letter in _EAST_ASIAN or letter in _HANGUL:
        return "eastAsia"
    return "bidi" if letter in _RIGHT_TO_LEFT else "val"
