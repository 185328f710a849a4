"""Numbers, dates, money, abbreviations and the like, as the words that a reader says for them.

English is read in full; German, French, Spanish, Italian and Portuguese with their numbers, ordinals, dates, times,
money, units and Roman chapter numbers; other languages with whole numbers, where the Unicode CLDR has words for them.
What may be read in more than one way stays as it is written.
"""

from rhapsode.text.normalization.edits import apply_edits
from rhapsode.text.normalization.readers import find_reader
from rhapsode.text.spoken import SpanMap


def normalize(text: str, *, language: str) -> tuple[str, SpanMap]:
    """The text with what isn't written as words replaced by words, and the map from `text` to it.

    language: BCP 47 tag; its region decides whether 1/2/2024 is in January, and between septante and soixante-dix.
    Where nothing is to be done, the text itself and an empty map. Each replaced range is as short as can be, so that
    times of single words stay exact.
    """
    read = find_reader(language)
    found = read(text) if read else ()
    return apply_edits(text, found) if found else (text, SpanMap())
