"""Conversions without a runner, and how much of one each chapter has to wait for."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhapsode.jobs.conversions import ConversionEnded, Slice, convert_at_once, last_slices
from rhapsode.studio.errors import EngineFailed, StorageFull
from rhapsode.studio.ids import ConversionId, WorkspaceId

WORKSPACE, CONVERSION = WorkspaceId("w"), ConversionId("c")


class Steps:
    """Two chapters of three slices that note what is asked of them and fail where they are told to."""

    def __init__(self, fail_at: str | None = None, error: Exception | None = None) -> None:
        self.calls: list[str] = []
        self._fail_at, self._error = fail_at, error

    def _note(self, call: str, conversion_id: ConversionId, workspace_id: WorkspaceId) -> None:
        assert (workspace_id, conversion_id) == (WORKSPACE, CONVERSION)
        self.calls.append(call)
        if call == self._fail_at:
            assert self._error is not None
            raise self._error

    def list_slices(self, workspace_id: WorkspaceId, conversion_id: ConversionId) -> Sequence[Slice]:
        self._note("list slices", conversion_id, workspace_id)
        return [Slice(0, 0), Slice(1, 0), Slice(2, 1)]

    def list_chapters(self, workspace_id: WorkspaceId, conversion_id: ConversionId) -> Sequence[int]:
        self._note("list chapters", conversion_id, workspace_id)
        return [0, 1]

    def render_slice(
        self, workspace_id: WorkspaceId, conversion_id: ConversionId, ordinal: int, *, waits: bool = True
    ) -> None:
        self._note(f"render {ordinal}", conversion_id, workspace_id)

    def dismiss(self) -> None:
        """Nothing of it waits for a turn."""

    def assemble_chapter(self, workspace_id: WorkspaceId, conversion_id: ConversionId, ordinal: int) -> None:
        self._note(f"assemble {ordinal}", conversion_id, workspace_id)

    def finish(self, workspace_id: WorkspaceId, conversion_id: ConversionId) -> None:
        self._note("finish", conversion_id, workspace_id)

    def fail(self, workspace_id: WorkspaceId, conversion_id: ConversionId, message: str) -> None:
        self._note(f"fail: {message}", conversion_id, workspace_id)


ALL = [
    "list slices",
    "render 0",
    "render 1",
    "render 2",
    "list chapters",
    "assemble 0",
    "assemble 1",
    "finish",
]


def test_every_step_runs_once_and_in_order() -> None:
    """Slices, then chapters, then the end."""
    steps = Steps()
    convert_at_once(steps, WORKSPACE, CONVERSION)
    assert steps.calls == ALL


@pytest.mark.parametrize("step", ALL)
def test_an_error_ends_the_conversion_where_it_happens(step: str) -> None:
    """Whichever step it is, the conversion is told why, and nothing else is done for it."""
    steps = Steps(step, EngineFailed("The engine died."))
    convert_at_once(steps, WORKSPACE, CONVERSION)
    assert steps.calls == [*ALL[: ALL.index(step) + 1], "fail: The engine died."]


@pytest.mark.parametrize("step", ALL)
def test_a_conversion_that_has_ended_is_left_alone(step: str) -> None:
    """Somebody cancelled it: that is no failure."""
    steps = Steps(step, ConversionEnded())
    convert_at_once(steps, WORKSPACE, CONVERSION)
    assert steps.calls == ALL[: ALL.index(step) + 1]


def test_a_full_disk_reaches_whoever_waits() -> None:
    """When not even the failure can be kept."""

    class Full(Steps):
        def render_slice(self, *_arguments: object, **_waits: object) -> None:
            raise StorageFull("No space.")

    steps = Full("fail: No space.", StorageFull("No space."))
    with pytest.raises(StorageFull):
        convert_at_once(steps, WORKSPACE, CONVERSION)
    assert steps.calls == ["list slices", "fail: No space."]


def test_an_error_nobody_foresaw_is_not_hidden() -> None:
    """It leaves the conversion as it is, to be taken up again."""
    steps = Steps("render 1", ValueError("a slip"))
    with pytest.raises(ValueError, match="a slip"):
        convert_at_once(steps, WORKSPACE, CONVERSION)
    assert steps.calls == ALL[:3]


def test_a_chapter_waits_for_its_slices_and_those_before_them() -> None:
    """Also when it has none of its own: what it shares with an earlier chapter is made there."""
    slices = [Slice(0, 0), Slice(1, 0), Slice(2, 2), Slice(3, 5)]
    assert last_slices(slices, [0, 1, 2, 3, 5, 6]) == {0: 2, 1: 2, 2: 3, 3: 3, 5: 4, 6: 4}
    assert last_slices(slices, [1]) == {1: 2}
    assert last_slices([], [0, 1]) == {0: 0, 1: 0}


@given(st.lists(st.integers(0, 8)), st.sets(st.integers(0, 9)))
def test_no_chapter_waits_for_a_later_one(of_slices: list[int], chapters: set[int]) -> None:
    """All slices up to a chapter's number, and no more, are those of this and of earlier chapters."""
    slices = [Slice(ordinal, chapter) for ordinal, chapter in enumerate(sorted(of_slices))]
    for chapter, count in last_slices(slices, sorted(chapters)).items():
        assert all(piece.chapter_ordinal <= chapter for piece in slices[:count])
        assert all(piece.chapter_ordinal > chapter for piece in slices[count:])
