"""What a refresh means, and what several mean together."""

import pytest

from rhapsode.rendering.refresh import Refresh, join_refreshes
from rhapsode.studio.ids import BlockId, ChapterId

RAIN, SEA = ChapterId("rain"), ChapterId("sea")
FIRST, SECOND = BlockId("first"), BlockId("second")
ONE_CHAPTER, ONE_BLOCK = Refresh(frozenset({RAIN})), Refresh(block_ids=frozenset({SECOND}))


@pytest.mark.parametrize(
    ("refresh", "covered"),
    [
        (Refresh(), {(RAIN, FIRST), (RAIN, SECOND), (SEA, FIRST), (SEA, SECOND)}),
        (ONE_CHAPTER, {(RAIN, FIRST), (RAIN, SECOND)}),
        (ONE_BLOCK, {(RAIN, SECOND), (SEA, SECOND)}),
        (join_refreshes([ONE_CHAPTER, None, ONE_BLOCK]), {(RAIN, FIRST), (RAIN, SECOND), (SEA, SECOND)}),
    ],
)
def test_a_refresh_is_of_all_that_any_list_names(
    refresh: Refresh, covered: set[tuple[ChapterId, BlockId]]
) -> None:
    """And of everything where there is none; frozen and thawed, it is the same."""
    places = {(chapter_id, block_id) for chapter_id in (RAIN, SEA) for block_id in (FIRST, SECOND)}
    assert {place for place in places if refresh.covers(*place)} == covered
    assert Refresh.from_json(refresh.as_json()) == refresh


def test_a_whole_refresh_is_all_of_several() -> None:
    """No refresh at all is none."""
    assert join_refreshes([ONE_CHAPTER, Refresh(), ONE_BLOCK]) == Refresh()
    assert join_refreshes([None, None]) is None
