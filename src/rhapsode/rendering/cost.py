"""What is left of a conversion that was frozen before: what has to be spoken and encoded for it."""

from rhapsode.rendering.plan import RenderCount, count_missing, iterate_missing, thaw_requests
from rhapsode.storage import conversions, segments
from rhapsode.storage.records import Transaction
from rhapsode.studio.ids import ConversionId


def count_to_render(tx: Transaction, conversion_id: ConversionId) -> RenderCount:
    """How much of a conversion's slices isn't there yet, each segment once."""
    existing = segments.find_existing_keys(tx, conversion_id)
    requests = (
        request
        for piece in conversions.iterate_slices(tx, conversion_id)
        for request in thaw_requests(piece.requests)
    )
    return count_missing((request for _, request in iterate_missing(requests, existing)), existing)
