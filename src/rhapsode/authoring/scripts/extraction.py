"""Bulletins without a language model: the sentences of the sources that say most, in their order.

`sumy` ranks sentences by what they have in common with the others (TextRank). Its own tokenizer downloads data, so
sentences come from `sentencex`, and words from here.
"""

import contextlib
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import sentencex

from rhapsode.authoring.scripts.brief import Line, ScriptBrief, SourceText, count_words
from rhapsode.processes import ChildDied, Limits, run_limited
from rhapsode.studio.errors import ScriptFailed
from rhapsode.studio.limits import EXTRACTION_CPU_S, EXTRACTION_MEMORY_BYTES, EXTRACTION_WALL_S
from rhapsode.text.language_guess import guess_language

_LIMITS = Limits(memory_bytes=EXTRACTION_MEMORY_BYTES, cpu_s=EXTRACTION_CPU_S, wall_s=EXTRACTION_WALL_S)
_COMPARED_SENTENCES = 300
"""Each of them is compared with each: 0.4 s. A longer source is ranked in parts, so that all of it has its say."""

_FEWEST_WORDS, _MOST_WORDS = 4, 50  # fewer are a heading or a remark, more nobody can follow by ear
_SENTENCES_PER_LINE = 4
_WORD = re.compile(r"\w+")
# Writing without spaces has no words that a pattern finds: there, pairs of characters stand for them.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]{2,}")
_SENTENCE_END = re.compile(r"[.!?…。！？।؟]$")  # noqa: RUF001 -- these are the marks


def extract_script(brief: ScriptBrief, sources: Sequence[SourceText]) -> tuple[Line, ...]:
    """A bulletin without its intro and outro, in a limited child. Raises: ScriptFailed."""
    try:
        return run_limited(find_script, _LIMITS, brief, sources)
    except ChildDied:
        msg = "The sources are too much for a bulletin without a language model. Send less of them."
        raise ScriptFailed(msg) from None


def find_script(brief: ScriptBrief, sources: Sequence[SourceText]) -> tuple[Line, ...]:
    """The same, here. Highlights come first, as sentences. Raises: ScriptFailed, when no sentence is found."""
    highlights = [_as_sentence(highlight) for highlight in brief.highlights]
    budget = brief.target_words - sum(count_words(highlight) for highlight in highlights)
    words = [sum(count_words(text) for text in source.paragraphs) for source in sources]
    lines = [Line("host", " ".join(highlights))] if highlights else []
    found = False
    for source, count in zip(sources, words, strict=True):
        # Long sources have more to say, and each has its turn.
        share = budget * count / max(1, sum(words))
        chosen = _chosen(source, max_words=round(share))
        found = found or bool(chosen)
        lines += [Line("host", " ".join(group)) for group in _grouped(chosen)]
    if not found:
        msg = "There is no whole sentence in the sources that a bulletin could be made of."
        raise ScriptFailed(msg)
    return tuple(lines)


def _as_sentence(text: str) -> str:
    tidy = " ".join(text.split())
    return tidy if _SENTENCE_END.search(tidy) else f"{tidy}."


def _grouped(sentences: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(sentences), _SENTENCES_PER_LINE):
        yield sentences[start : start + _SENTENCES_PER_LINE]


def _chosen(source: SourceText, *, max_words: int) -> list[str]:
    language = source.language or guess_language(source.text)
    primary_language = re.split("[-_]", language)[0].lower()
    sentences = list(dict.fromkeys(_sentences(source, primary_language)))
    total = sum(count_words(sentence) for sentence in sentences)
    if total <= max_words:
        return sentences
    chosen: list[str] = []
    for start in range(0, len(sentences), _COMPARED_SENTENCES):
        part = sentences[start : start + _COMPARED_SENTENCES]
        share = max_words * sum(count_words(sentence) for sentence in part) / total
        chosen += _ranked(part, primary_language, max_words=share)
    return chosen


def _sentences(source: SourceText, language: str) -> Iterator[str]:
    for paragraph in source.paragraphs:
        for sentence in sentencex.segment(language, paragraph):
            tidy = " ".join(sentence.split())
            if (
                _SENTENCE_END.search(tidy.rstrip("\"'”’»)]"))
                and _FEWEST_WORDS <= count_words(tidy) <= _MOST_WORDS
            ):
                yield tidy


def _ranked(sentences: Sequence[str], language: str, *, max_words: float) -> list[str]:
    """The best sentences that have at most so many words together, at least one, in their order."""
    # A second of imports.
    from sumy.models.dom import ObjectDocumentModel, Paragraph, Sentence
    from sumy.summarizers.text_rank import TextRankSummarizer
    from sumy.utils import get_stop_words

    summarizer = TextRankSummarizer(_stemmer(language))
    # Where there are none, words like "and" count too.
    with contextlib.suppress(LookupError):
        summarizer.stop_words = get_stop_words(language)
    document = ObjectDocumentModel([Paragraph([Sentence(text, _Words()) for text in sentences])])

    def best(ranked: Sequence[Any]) -> list[Any]:
        left = max_words - count_words(str(ranked[0].sentence))
        taken = [ranked[0]]
        for info in ranked[1:]:
            words = count_words(str(info.sentence))
            if words <= left:
                taken.append(info)
                left -= words
        return taken

    return [str(sentence) for sentence in summarizer(document, best)]


def _stemmer(language: str) -> Callable[[str], str]:
    from sumy.nlp.stemmers import Stemmer, null_stemmer

    try:
        return Stemmer(language)  # type: ignore[no-any-return]
    except LookupError:
        return null_stemmer  # type: ignore[no-any-return]


class _Words:
    """What sumy asks for a sentence's words."""

    def to_words(self, sentence: str) -> tuple[str, ...]:
        pairs = [
            run[0][index : index + 2]
            for run in _UNSPACED.finditer(sentence)
            for index in range(len(run[0]) - 1)
        ]
        return (*_WORD.findall(_UNSPACED.sub(" ", sentence)), *pairs)
