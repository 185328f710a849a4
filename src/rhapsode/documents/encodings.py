"""Which characters the bytes of a text file stand for.

The order is byte-order mark, declaration (markup only), strict UTF-8, then charset-normalizer with a bias: it
calls western text cp1250, whose letters mostly coincide with those of cp1252, and short Japanese Korean.
"""

import codecs
import re

import charset_normalizer

from rhapsode.studio.errors import DocumentRefused

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_XML_ENCODING = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._:-]+)""", re.IGNORECASE)
_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9._:-]+)""", re.IGNORECASE)
_DECLARATION_BYTES = 4096
_SAMPLE_BYTES = 100_000
_FEW_BYTES = 20  # so few say nothing about a language; western text is the most frequent
_HIRAGANA_SHARE = 0.2
_JAPANESE = ("cp932", "euc_jp")
_ZEROS_OF_UTF16 = 0.3  # share of zero bytes on one side of each pair, in mostly Latin text

# The languages whose usual encoding on old systems was cp1252, as charset-normalizer names them.
_WESTERN = frozenset(
    [
        "Unknown",
        "English",
        "German",
        "French",
        "Spanish",
        "Portuguese",
        "Italian",
        "Dutch",
        "Swedish",
        "Danish",
        "Norwegian",
        "Finnish",
        "Icelandic",
        "Catalan",
    ]
)
_LATIN_CODEC = re.compile(
    r"cp125[0478]|cp(437|775|8[56]\d)|iso8859_|latin_|mac_|hp_|cp1140|cp500|cp037|johab|big5hkscs"
)
# What cp1252 shows for letters of western languages and for their punctuation.
_WESTERN_SIGNS = frozenset(
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿŒœŸ\u2018\u2019“”\u201a„\u2013—…•«»°º\xb4·¡¿©®£€§½¼ª\u00a0\u00ad"
)


def decoded_text(content: bytes) -> str:
    """The characters of a plain text or Markdown file, line ends as one line feed.

    Raises: DocumentRefused, when no encoding makes text of it.
    """
    text = _by_mark(content) or _utf8(content) or _utf16_without_mark(content) or _guessed(content)
    if text is None or _looks_binary(text):
        msg = "The file isn't text: some of its bytes stand for no characters. Save it as UTF-8 text."
        raise DocumentRefused(msg)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def decoded_markup(content: bytes) -> str:
    """The characters of an XML or HTML file, by mark, declaration, UTF-8, or as what is most likely."""
    text = _by_mark(content) or _utf16_without_mark(content)
    if text is not None:
        return text
    for codec in (_declared(content), "utf-8"):
        decoded = _strictly(content, codec) if codec else None
        if decoded is not None:
            return decoded
    return _guessed(content) or content.decode("cp1252", "replace")


def _by_mark(content: bytes) -> str | None:
    for mark, codec in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(codec, "replace")
    return None


def _declared(content: bytes) -> str | None:
    head = content[:_DECLARATION_BYTES]
    match = _XML_ENCODING.search(head) or _META_CHARSET.search(head)
    if match is None:
        return None
    name = match[1].decode("ascii")
    # Browsers read these two as cp1252, and pages are written for browsers.
    return "cp1252" if name.lower() in {"iso-8859-1", "us-ascii"} else name


def _strictly(content: bytes, codec: str) -> str | None:
    try:
        return content.decode(codec)
    except (UnicodeError, LookupError, ValueError):
        return None


def _utf8(content: bytes) -> str | None:
    text = _strictly(content, "utf-8")
    return None if text is None or "\0" in text[:_DECLARATION_BYTES] else text


def _utf16_without_mark(content: bytes) -> str | None:
    head = content[:_DECLARATION_BYTES]
    pairs = len(head) // 2
    for zeros, codec in ((head[1::2], "utf-16-le"), (head[0::2], "utf-16-be")):
        if pairs and zeros.count(0) > pairs * _ZEROS_OF_UTF16 and head.count(0) <= pairs:
            return _strictly(content, codec)
    return None


def _guessed(content: bytes) -> str | None:
    sample = _sample(content)
    western = _is_western(sample)
    if western and sum(byte > 127 for byte in sample) < _FEW_BYTES:
        return content.decode("cp1252", "replace")
    japanese = next((codec for codec in _JAPANESE if _has_hiragana(sample, codec)), None)
    if japanese is not None:
        return content.decode(japanese, "replace")
    guess = charset_normalizer.from_bytes(sample).best()
    if guess is None:
        return None
    if western and _LATIN_CODEC.match(guess.encoding) and guess.language in _WESTERN:
        return content.decode("cp1252", "replace")
    return content.decode(guess.encoding, "replace")


def _has_hiragana(sample: bytes, codec: str) -> bool:
    """Whether `sample` is Japanese: about half of it is hiragana, which no wrong decoding yields."""
    signs = [character for character in _strictly(sample, codec) or "" if not character.isascii()]
    return sum("\u3041" <= sign <= "\u3096" for sign in signs) > _HIRAGANA_SHARE * len(signs)


def _sample(content: bytes) -> bytes:
    """The lines that hold other bytes than ASCII: they alone tell encodings apart."""
    lines: list[bytes] = []
    size = 0
    for line in content.split(b"\n"):
        if size >= _SAMPLE_BYTES:
            break
        if not line.isascii():
            lines.append(line[:_SAMPLE_BYTES])
            size += len(line)
    return b"\n".join(lines)


def _is_western(sample: bytes) -> bool:
    text = _strictly(sample, "cp1252")
    if text is None:
        return False
    signs = [character for character in text if not character.isascii()]
    return sum(character in _WESTERN_SIGNS for character in signs) >= 0.98 * len(signs)


def _looks_binary(text: str) -> bool:
    head = text[:_SAMPLE_BYTES]
    controls = sum(character < " " and character not in "\t\n\r\f\x1a\x1b" for character in head)
    return "\0" in text or controls * 1000 > len(head) or head.count("\ufffd") * 100 > len(head)
