"""What a narrator says beside a quotation of who speaks it: a name, a pronoun, or whose wife or brother it is."""

import re
from dataclasses import dataclass
from typing import Literal

from rhapsode.text.cast.mentions import NameIndex
from rhapsode.text.cast.quotations import QUOTED, tail
from rhapsode.text.cast.words import FAMILY, MEEK_VERBS, PRONOUNS, RELATIONS, SPEECH_VERBS, Gender

_VERBS = "|".join(sorted(SPEECH_VERBS))
_FIRM_VERBS = "|".join(sorted(SPEECH_VERBS - MEEK_VERBS))
_ADVERBS = (
    r"(?:(?:\w+ly|then|now|soon|again|once|only|just|at last|presently|sometimes|also|thus|afterwards|at length),? )"
    r"{0,3}"
)
_RELATION = rf"(?:his|her|their|my|the) (?:\w+ )?(?P<relation>{'|'.join(sorted(RELATIONS))})\b"
_SUBJECT = (
    rf"(?:\b(?P<pronoun>he|she|He|She)\b|(?P<whose>\b{_RELATION})|(?P<other>\bthe other)\b"
    r"|(?P<name>\x00(?P<index>\d+)(?P<kin>k?)\x00))"
)
_VERB_FIRST = re.compile(rf"^\W*(?:{_VERBS}) {_ADVERBS}{_SUBJECT}")
_SUBJECT_FIRST = re.compile(rf"^[^\w\x00]*{_SUBJECT},? {_ADVERBS}(?:{_VERBS})\b", re.IGNORECASE)
_ANSWER = re.compile(r"^\W*(?:was|were) (?P<pronoun>his|her) (?:\w+ )?(?:answer|reply|response)\b")
_CLOSE = re.compile(rf"{_SUBJECT} {_ADVERBS}(?:{_VERBS})\b(?=[^.!?]*$)", re.IGNORECASE)
_ANY_VERB = re.compile(
    rf"\b(?:{_FIRM_VERBS}|call(?:ing|ed) out|began|continued|went on|addressed|thought|saying|adding|crying|asking|"
    r"exclaiming|whispering|replying|answering)\b"
)
_ANY_SUBJECT = re.compile(rf"{_SUBJECT}", re.IGNORECASE)
_CLAUSE = re.compile(rf"(?:^|[,;:] |—|\band |\bbut ){_SUBJECT}(?= [a-z])", re.IGNORECASE)
_RELATIVE = re.compile(r"\x00(\d+)k?\x00, who\b")
_CLAUSE_BEGINS = re.compile(r"(?:^|[.!?;,:—]\W*|\b(?:and|but|when|as|while) )$")
_SHORT, _LEADING = 12, 600  # characters before a name, and before a quotation, that are looked at
_SENTENCE = re.compile(r"(?<=[.!?;])[”’]?\s+(?=[A-Z\x00“])")
_INTRODUCES = re.compile(r"[:,—–-]\s*$")
_BEGINS = re.compile(r"\b(?:began|begun|broke out|spoke|resumed|read)\b[^.]*\.\s*$")
_SILENT = re.compile(
    r"(?:made no (?:answer|reply)|was silent|did not (?:answer|reply)|said nothing|only (?:smiled|bowed)|no answer|"
    r"deigned not)"
)

Kind = Literal["name", "pronoun", "relation"]


@dataclass(frozen=True, slots=True)
class Tag:
    """Who is said to speak. person: of a name.    gender: of a pronoun or relation, where it has one.

    relation: such as "wife", or "other".
    """

    kind: Kind
    person: int | None = None
    gender: Gender | None = None
    relation: str = ""


def marked(text: str, index: NameIndex) -> str:
    """A narrator's words with each name as its person's number between NULs, behind which `k` says "her father"."""
    parts: list[str] = []
    position = 0
    for mention in index.find(text):
        parts += (text[position : mention.start], f"\x00{mention.person}\x00")
        position = mention.end
    return "".join([*parts, text[position:]])


def find_tags(narration: str) -> list[Tag | None]:
    """Of each quotation of a paragraph who is said to speak it. narration: marked, with QUOTED for quotations.

    What stands behind a quotation comes first: `"...," said he, "..."`; then what leads up to it.
    """
    segments = narration.split(QUOTED)
    behind = [_behind(segment) for segment in segments[1:]]
    before = [leading(segment) for segment in segments[:-1]]
    return [after or lead for after, lead in zip(behind, before, strict=True)]


def _behind(segment: str) -> Tag | None:
    answer = _ANSWER.match(segment)
    if answer is not None:
        return Tag("pronoun", gender="male" if answer["pronoun"] == "his" else "female")
    match = _VERB_FIRST.match(segment) or _SUBJECT_FIRST.match(segment)
    return None if match is None else _tag(match)


def leading(segment: str) -> Tag | None:
    """Who speaks what a narrator's words lead up to: "Mrs. Bennet said only,"."""
    if not _INTRODUCES.search(segment):
        return None
    sentence = _last_sentence(segment)
    if not _ANY_VERB.search(sentence):
        return None
    close = list(_CLOSE.finditer(sentence))
    relative = list(_RELATIVE.finditer(sentence))
    if close:
        return _tag(close[-1])
    if relative:
        return Tag("name", int(relative[-1][1]))
    return _main_subject(sentence)


def _main_subject(sentence: str) -> Tag | None:
    """Whom a sentence is about: the last name that begins a clause of it, else the first subject at all."""
    clauses = [match for match in _CLAUSE.finditer(sentence) if match["name"]]
    found = clauses[-1] if clauses else _ANY_SUBJECT.search(sentence)
    return None if found is None else _tag(found)


def begins(segment: str) -> Tag | None:
    """Who a narrator says begins to speak, without a colon: "Mrs. Hurst began again."."""
    sentence = _last_sentence(segment)
    found = _ANY_SUBJECT.search(sentence) if _BEGINS.search(sentence) else None
    near = list(_CLOSE.finditer(sentence.rstrip(". ")))
    return None if found is None else _tag(near[-1] if near else found)


def subject_of(segment: str, *, last: bool) -> Tag | None:
    """Whom a sentence of the narrator is about, if it begins with that."""
    sentences = _SENTENCE.split(segment.strip())
    sentence = sentences[-1 if last else 0] if sentences else ""
    found = re.match(rf"\W*?{_SUBJECT}", sentence, re.IGNORECASE)
    return None if found is None else _tag(found)


def find_silent(narration: str) -> Tag | None:
    """Who is said not to answer: the last that is named, or a pronoun means, before that is said."""
    match = _SILENT.search(narration)
    subjects = list(_ANY_SUBJECT.finditer(narration[: match.start()])) if match is not None else []
    return _tag(subjects[-1]) if subjects else None


def names_in(narration: str) -> list[tuple[int, bool]]:
    """(person, whether a sentence or clause begins with it) of each name, in order."""
    return [
        (int(match[1]), _CLAUSE_BEGINS.search(tail(narration, match.start(), _SHORT)) is not None)
        for match in re.finditer(r"\x00(\d+)k?\x00", narration)
    ]


def _last_sentence(segment: str) -> str:
    return _SENTENCE.split(tail(segment, len(segment), _LEADING).strip())[-1]


def _tag(match: re.Match[str]) -> Tag:
    if match["name"]:
        return Tag("relation" if match["kin"] else "name", int(match["index"]))
    if match["pronoun"]:
        return Tag("pronoun", gender=PRONOUNS[match["pronoun"].lower()])
    if match["other"]:
        return Tag("relation", relation="other")
    relation = match["relation"].lower()
    return Tag("relation", gender=FAMILY.get(relation), relation=relation)
