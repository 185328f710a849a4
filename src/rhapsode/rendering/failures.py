"""At which text a conversion failed: found as long as its plan is there, and told until something else is to be said.

It is kept by the key of its source and not by the id of its block. So an edit ends it, undoing that edit brings it
back, and another block of the same text, of which nothing can be made either, has it too.
"""

from collections.abc import Collection

from rhapsode.rendering.plan import ChapterPlan, thaw_chapter
from rhapsode.rendering.unsaid import Unsaid, planned_sources
from rhapsode.storage import conversions, segments
from rhapsode.storage.conversions import Failure
from rhapsode.storage.records import Transaction
from rhapsode.studio.ids import BlockId, ConversionId


def note_failure(
    tx: Transaction, conversion_id: ConversionId, ordinal: int, *, segment_key: bytes, error: str
) -> None:
    """Keep which text a slice of a conversion that runs has failed at. segment_key: what couldn't be made of it.

    The runner says only later that the conversion has failed, perhaps in another process, with nothing but the words.
    """
    chapter_ordinal = conversions.get_slice(tx, conversion_id, ordinal).chapter_ordinal
    frozen = conversions.get_conversion_chapter(tx, conversion_id, chapter_ordinal).plan
    source_key = None if frozen is None else find_source(thaw_chapter(frozen), segment_key)
    conversions.note_failure(tx, conversion_id, Failure(error, source_key))


def drop_overcome(tx: Transaction, conversion_id: ConversionId) -> None:
    """Forget a note of what was made after all, before a conversion ends with another failure.

    Whoever noted it may have been killed before it could say that the conversion has failed; then others went on.
    """
    noted = conversions.find_noted_failure(tx, conversion_id)
    if noted is None:
        return
    # No plan has to be read for a title or a pause, which has no source.
    if noted.source_key is None or not _is_left(tx, conversion_id, noted.source_key):
        conversions.drop_noted_failure(tx, conversion_id)


def _is_left(tx: Transaction, conversion_id: ConversionId, source_key: bytes) -> bool:
    """Whether a source still has to be made. Chapters are finished in order, so it is mostly in the first left."""
    existing = segments.find_existing_keys(tx, conversion_id)
    plans = (chapter.plan for chapter in conversions.iterate_unfinished_chapters(tx, conversion_id))
    return any(
        source == source_key and not keys <= existing
        for plan in plans
        if plan is not None
        for (_, source), keys in planned_sources(thaw_chapter(plan)).segments.items()
    )


def find_source(plan: ChapterPlan, segment_key: bytes) -> bytes | None:
    """The key of the source of the first new text that has a segment; None for a title, a pause, or what was said."""
    sources = {node_id: take.source_key for node_id, take in plan.takes}
    nodes = (part.node_id for part in plan.parts if part.segment_key == segment_key and part.node_id)
    return next((sources[node_id] for node_id in nodes if node_id in sources), None)


def error_at(unsaid: Collection[bytes], failure: Failure | None) -> str | None:
    """What is told of a block, of which no take says these sources yet; None where nothing failed at them."""
    return failure.error if failure is not None and failure.source_key in unsaid else None


def find_failed_block(unsaid: Unsaid, failure: Failure | None) -> BlockId | None:
    """The first block of a chapter of which something is told; None where there is none."""
    return next((block_id for block_id, keys in unsaid.items() if error_at(keys, failure) is not None), None)
