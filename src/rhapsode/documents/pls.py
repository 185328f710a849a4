"""Pronunciation lexicons: rules out of a PLS file, and into one. Source: PLS 1.0, W3C Recommendation of 2008."""

import re
from collections.abc import Iterator, Sequence

from lxml import etree

from rhapsode.documents.encodings import decoded_markup
from rhapsode.documents.limited import PARSER_LIMITS, read_in_child
from rhapsode.documents.markup import tag_of
from rhapsode.documents.trees import read_wellformed, refuse_entities
from rhapsode.studio.errors import DocumentRefused
from rhapsode.studio.limits import MAX_LEXICON_BYTES
from rhapsode.studio.pronunciation import (
    AliasRule,
    Alphabet,
    PhonemeRule,
    PronunciationRule,
    find_alphabet,
)

_NAMESPACE = "http://www.w3.org/2005/01/pronunciation-lexicon"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
# PLS knows neither case nor boundaries; what it doesn't know its readers pass over.
_OWN_NAMESPACE = "urn:rhapsode:lexicon"
_CASE, _BOUNDARIES = f"{{{_OWN_NAMESPACE}}}case-sensitive", f"{{{_OWN_NAMESPACE}}}word-boundaries"
_DEFAULT_ALPHABET = "ipa"
# A lexicon has to name a language, and rules have none.
_EMPTY = (
    f'<lexicon xmlns="{_NAMESPACE}" xmlns:rhapsode="{_OWN_NAMESPACE}" version="1.0"'
    f' alphabet="{_DEFAULT_ALPHABET}" xml:lang="und"/>'
)
_DECLARATION = re.compile(r"\s*<\?xml\b[^>]*\?>", re.IGNORECASE)
_NOT_LINE_FEED = re.compile(r"[^\n]")


def import_lexicon(content: bytes) -> tuple[PronunciationRule, ...]:
    """Like `read_lexicon`, in a child process that can't do harm. Raises: DocumentRefused."""
    if len(content) > MAX_LEXICON_BYTES:
        msg = f"The file is larger than {MAX_LEXICON_BYTES // 2**20} MiB, the most that a lexicon can have."
        raise DocumentRefused(msg)
    return read_in_child(read_lexicon, PARSER_LIMITS, content)


def read_lexicon(content: bytes) -> tuple[PronunciationRule, ...]:
    """A rule for each grapheme of each lexeme, in order; of several pronunciations it gets the preferred one.

    A lexeme without a pronunciation says nothing. Languages are not looked at: a rule holds in any.
    Raises: DocumentRefused, with line and column where the XML is malformed, else with the line.
    """
    root = _root(content)
    if tag_of(root) != "lexicon":
        msg = f"The file isn't a pronunciation lexicon (PLS): it begins with <{tag_of(root)}>, not with <lexicon>."
        raise DocumentRefused(msg)
    return tuple(rule for lexeme in _children(root, "lexeme") for rule in _rules(lexeme, root))


def _root(content: bytes) -> etree._Element:
    if not content.strip():
        msg = "The file is empty."
        raise DocumentRefused(msg)
    text = decoded_markup(content)
    refuse_entities(text, "lexicon")
    try:
        # The declaration's encoding no longer holds; blanks in its place leave every position as it is.
        root = read_wellformed(_DECLARATION.sub(_blanked, text, count=1))
    except etree.XMLSyntaxError as error:
        line, column = error.position
        reason = error.msg.rpartition(", line ")[0]
        msg = f"The lexicon isn't well-formed XML at line {line}, column {column}: {reason}."
        raise DocumentRefused(msg) from None
    entity = next(root.iter(etree.Entity), None)
    if entity is not None:
        raise _refused(entity, f"the entity {entity.text} isn't known")
    return root


def _blanked(match: re.Match[str]) -> str:
    return _NOT_LINE_FEED.sub(" ", match[0])


def _refused(element: etree._Element, why: str) -> DocumentRefused:
    return DocumentRefused(f"Line {element.sourceline} of the lexicon can't be used: {why}.")


def _rules(lexeme: etree._Element, root: etree._Element) -> Iterator[PronunciationRule]:
    graphemes = [_text_of(grapheme) for grapheme in _children(lexeme, "grapheme")]
    if not all(grapheme.strip() for grapheme in graphemes or [""]):
        raise _refused(lexeme, "a lexeme has a grapheme that isn't empty")
    said = [element for element in lexeme if tag_of(element) in ("alias", "phoneme")]
    if not said:
        return
    preferred = next((element for element in said if element.get("prefer") in ("true", "1")), said[0])
    flags = {"case_sensitive": _flag(lexeme, _CASE), "word_boundaries": _flag(lexeme, _BOUNDARIES)}
    text = _text_of(preferred)
    for grapheme in graphemes:
        if tag_of(preferred) == "alias":
            yield AliasRule(grapheme, text, **flags)
        else:
            yield PhonemeRule(grapheme, text, _alphabet(preferred, root), **flags)


def _children(element: etree._Element, name: str) -> Iterator[etree._Element]:
    return (child for child in element if tag_of(child) == name)


def _text_of(element: etree._Element) -> str:
    """What it says. Space around it counts where it stands on the same line: people write " b-" on purpose."""
    text = "".join(str(piece) for piece in element.itertext())
    is_indented = "\n" in text and element.xpath("ancestor-or-self::*[@xml:space][1]/@xml:space") != [
        "preserve"
    ]
    return " ".join(text.split()) if is_indented else text


def _flag(lexeme: etree._Element, name: str) -> bool:
    return lexeme.get(name, "true") != "false"


def _alphabet(phoneme: etree._Element, root: etree._Element) -> Alphabet:
    name = phoneme.get("alphabet") or root.get("alphabet") or _DEFAULT_ALPHABET
    alphabet = find_alphabet(name)
    if alphabet is None:
        raise _refused(phoneme, f"the alphabet {name!r} isn't known; ipa and cmu-arpabet are")
    return alphabet


def write_lexicon(rules: Sequence[PronunciationRule]) -> bytes:
    """A PLS file from which `read_lexicon` reads the same rules: a lexeme for each, in order."""
    root = etree.fromstring(_EMPTY)
    for rule in rules:
        _add_lexeme(root, rule)
    etree.cleanup_namespaces(root)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)


def _add_lexeme(root: etree._Element, rule: PronunciationRule) -> None:
    lexeme = etree.SubElement(root, f"{{{_NAMESPACE}}}lexeme")
    for name, is_set in ((_CASE, rule.case_sensitive), (_BOUNDARIES, rule.word_boundaries)):
        if not is_set:
            lexeme.set(name, "false")
    _add_text(lexeme, "grapheme", rule.string_to_replace)
    if isinstance(rule, AliasRule):
        _add_text(lexeme, "alias", rule.alias)
    else:
        # Also where it is the lexicon's own: some clients look for it here.
        _add_text(lexeme, "phoneme", rule.phoneme).set("alphabet", rule.alphabet)


def _add_text(lexeme: etree._Element, name: str, text: str) -> etree._Element:
    element = etree.SubElement(lexeme, f"{{{_NAMESPACE}}}{name}")
    element.text = text
    if "\n" in text:
        element.set(_SPACE, "preserve")
    return element
