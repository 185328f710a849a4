"""Pronunciation lexicons, in and out."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhapsode.documents.pls import import_lexicon, read_lexicon, write_lexicon
from rhapsode.studio.errors import DocumentRefused
from rhapsode.studio.limits import MAX_LEXICON_BYTES
from rhapsode.studio.pronunciation import AliasRule, PhonemeRule, PronunciationRule

Find = Callable[[str], Path]

HEAD = '<lexicon xmlns="http://www.w3.org/2005/01/pronunciation-lexicon" version="1.0" xml:lang="en"'


def lexicon(lexemes: str, head: str = ' alphabet="ipa">') -> bytes:
    """A lexicon in UTF-8."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{HEAD}{head}\n{lexemes}\n</lexicon>'.encode()


def refusal(content: bytes) -> str:
    """What is said of a file that is no lexicon."""
    with pytest.raises(DocumentRefused) as refused:
        read_lexicon(content)
    return str(refused.value)


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("Americanize-pronunciations", 4),
        ("Characters-Locations-Polly", 237),
        ("Chat-FFXIV-Acronyms", 53),
        ("Stutter-Replacers", 38),
    ],
)
def test_lexicons_that_people_use(corpus: Find, name: str, count: int) -> None:
    """Each grapheme is a rule, and what is written out of them reads back equal."""
    rules = read_lexicon(corpus(f"pls/{name}.pls").read_bytes())

    assert len(rules) == count
    assert read_lexicon(write_lexicon(rules)) == rules


def test_each_grapheme_is_a_rule() -> None:
    """With the alias or the phoneme of its lexeme; of several the preferred one, else the first."""
    rules = read_lexicon(
        lexicon(
            "<lexeme><grapheme>Thames</grapheme><grapheme>THAMES</grapheme><phoneme>tɛmz</phoneme></lexeme>"
            "<lexeme><grapheme>St.</grapheme><alias>Saint</alias><alias prefer='true'>Street</alias></lexeme>"
            "<lexeme role='x:noun'><grapheme>lead</grapheme><phoneme>liːd</phoneme><alias>led</alias>"
            "<example>A lead.</example></lexeme><lexeme><grapheme>mute</grapheme></lexeme>"
        )
    )

    assert rules == (
        PhonemeRule("Thames", "tɛmz", "ipa"),
        PhonemeRule("THAMES", "tɛmz", "ipa"),
        AliasRule("St.", "Street"),
        PhonemeRule("lead", "liːd", "ipa"),
    )


@pytest.mark.parametrize(
    ("of_lexicon", "of_phoneme", "expected"),
    [
        ("ipa", None, "ipa"),
        ("IPA", "x-cmu-arpabet", "cmu-arpabet"),
        ("cmu-arpabet", None, "cmu-arpabet"),
        ("x-arpabet", "ipa", "ipa"),
        (None, None, "ipa"),
    ],
)
def test_alphabets(of_lexicon: str | None, of_phoneme: str | None, expected: str) -> None:
    """A phoneme's own alphabet goes before the lexicon's, and one without any is in IPA."""
    head = ">" if of_lexicon is None else f' alphabet="{of_lexicon}">'
    own = "" if of_phoneme is None else f' alphabet="{of_phoneme}"'
    lexeme = f"<lexeme><grapheme>quay</grapheme><phoneme{own}>K IY1</phoneme></lexeme>"

    (rule,) = read_lexicon(lexicon(lexeme, head))

    assert rule == PhonemeRule("quay", "K IY1", expected)  # type: ignore[arg-type]


def test_space() -> None:
    """What stands around a word on its line belongs to it; an indented one is tidied; old encodings are read."""
    rules = read_lexicon(
        lexicon(
            "<lexeme><grapheme> b-</grapheme><alias>b</alias></lexeme>"
            "<lexeme><grapheme>\n   New\n   York\n  </grapheme><alias>N Y</alias></lexeme>"
        )
    )
    assert [rule.string_to_replace for rule in rules] == [" b-", "New York"]
    lexeme = "<lexeme><grapheme>café</grapheme><alias>x</alias></lexeme>"
    old = f"<?xml version='1.0' encoding='iso-8859-1'?><lexicon>{lexeme}</lexicon>"
    assert read_lexicon(old.encode("latin-1")) == (AliasRule("café", "x"),)
    assert read_lexicon(old.replace("iso-8859-1", "utf-16").encode("utf-16")) == (AliasRule("café", "x"),)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            lexicon("<lexeme><grapheme>a</graphme></lexeme>"),
            "at line 3, column 30: Opening and ending tag mismatch",
        ),
        (lexicon("<lexeme>\n\n &oops;</lexeme>"), "at line 5, column 8: Entity 'oops' not defined"),
        (lexicon("<lexeme>a\x01</lexeme>"), "line 3, column 10"),
        (lexicon("<a>" * 300), "line 3, column"),
        (b"PK\x03\x04", "line 1, column 1"),
        (b"hello", "line 1, column 1"),
        (b" \n", "is empty"),
        (b"<html><p/></html>", "isn't a pronunciation lexicon.*<html>"),
        (lexicon("<lexeme>\n<alias>a</alias></lexeme>"), "Line 3 .* a grapheme that isn't empty"),
        (lexicon("\n<lexeme><grapheme> </grapheme><alias>a</alias></lexeme>"), "Line 4 .* a grapheme"),
        (
            lexicon("<lexeme><grapheme>a</grapheme>\n<phoneme alphabet='x-sampa'>A</phoneme></lexeme>"),
            "Line 4 .* alphabet 'x-sampa'",
        ),
    ],
)
def test_what_is_refused(content: bytes, sentence: str) -> None:
    """The line, and the column where the XML is malformed; nothing is repaired."""
    with pytest.raises(DocumentRefused, match=sentence):
        read_lexicon(content)


@pytest.mark.parametrize(
    "declaration",
    [
        '<!ENTITY a "ha"><!ENTITY b "&a;&a;">',
        '<!ENTITY b SYSTEM "file:///etc/passwd">',
        '<!ENTITY % b SYSTEM "http://127.0.0.1:1/x.dtd"> %b;',
    ],
)
def test_declared_entities_are_refused(declaration: str) -> None:
    """Whatever they stand for, before a parser sees them."""
    content = f"<!DOCTYPE lexicon [{declaration}]><lexicon><lexeme>&b;</lexeme></lexicon>"
    assert "declares XML entities" in refusal(content.encode())


def test_a_doctype_is_not_followed(tmp_path: Path) -> None:
    """A DTD elsewhere is neither fetched nor opened, and what only it would know isn't known."""
    dtd = tmp_path / "lexicon.dtd"
    dtd.write_text('<!ENTITY e "hidden">')
    body = "<lexicon><lexeme><grapheme>a</grapheme><alias>{}</alias></lexeme></lexicon>"
    for place in ("http://127.0.0.1:1/x.dtd", str(dtd)):
        content = f'<!DOCTYPE lexicon SYSTEM "{place}">{body}'
        assert read_lexicon(content.format("b").encode()) == (AliasRule("a", "b"),)
    assert "the entity &e; isn't known" in refusal(content.format("&e;").encode())


def test_the_hostile_files(corpus: Find) -> None:
    """None of them is taken for a lexicon."""
    files = sorted(corpus("hostile-xml").iterdir())
    assert len(files) == 8
    for file in files:
        assert "hidden" not in refusal(file.read_bytes())


# XML can't say any control character but three, and no half of a pair.
TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
    | st.sampled_from("\t\n\r"),
    max_size=12,
)
WORDS = TEXTS.filter(str.strip)
RULES: st.SearchStrategy[PronunciationRule] = st.one_of(
    st.builds(AliasRule, WORDS, TEXTS, st.booleans(), st.booleans()),
    st.builds(
        PhonemeRule, WORDS, WORDS, st.sampled_from(["ipa", "cmu-arpabet"]), st.booleans(), st.booleans()
    ),
)


@given(st.lists(RULES, max_size=5))
def test_what_is_written_reads_back_equal(rules: list[PronunciationRule]) -> None:
    """Every text with all its space, every alphabet, and what PLS has no words for: case and boundaries."""
    assert read_lexicon(write_lexicon(rules)) == tuple(rules)


def test_the_file_that_is_written() -> None:
    """Valid PLS with the alphabet on each phoneme, and nothing of ours where a rule is an ordinary one."""
    rules: list[PronunciationRule] = [AliasRule("St. & <Co>", "Saint")]
    rules.append(PhonemeRule("quay", "kiː", "ipa", case_sensitive=False))

    assert write_lexicon(rules).decode().splitlines() == [
        "<?xml version='1.0' encoding='utf-8'?>",
        '<lexicon xmlns="http://www.w3.org/2005/01/pronunciation-lexicon" xmlns:rhapsode="urn:rhapsode:lexicon" '
        'version="1.0" alphabet="ipa" xml:lang="und">',
        "  <lexeme>",
        "    <grapheme>St. &amp; &lt;Co&gt;</grapheme>",
        "    <alias>Saint</alias>",
        "  </lexeme>",
        '  <lexeme rhapsode:case-sensitive="false">',
        "    <grapheme>quay</grapheme>",
        '    <phoneme alphabet="ipa">kiː</phoneme>',
        "  </lexeme>",
        "</lexicon>",
    ]
    assert b"rhapsode" not in write_lexicon(rules[:1])


def test_in_a_child() -> None:
    """The same rules, and the same refusals; a file that is too long isn't read at all."""
    content = lexicon("<lexeme><grapheme>quay</grapheme><alias>key</alias></lexeme>")
    assert import_lexicon(content) == (AliasRule("quay", "key"),)
    with pytest.raises(DocumentRefused, match="line 4, column 11"):
        import_lexicon(lexicon("<lexeme>"))
    with pytest.raises(DocumentRefused, match="larger than 8 MiB"):
        import_lexicon(b" " * (MAX_LEXICON_BYTES + 1))
