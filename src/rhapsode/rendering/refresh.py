"""What is to be spoken again because an older version of its engine, or of its voice, has spoken it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rhapsode.studio.ids import BlockId, ChapterId


@dataclass(frozen=True, slots=True)
class Refresh:
    """These chapters and these blocks; the whole project where neither are named.

    Only what a newer version would speak is spoken, and nothing of a locked block.
    """

    chapter_ids: frozenset[ChapterId] = frozenset()
    block_ids: frozenset[BlockId] = frozenset()

    @property
    def is_whole(self) -> bool:
        """Whether all of the project is meant."""
        return not self.chapter_ids and not self.block_ids

    def covers(self, chapter_id: ChapterId, block_id: BlockId) -> bool:
        """Whether a block of a chapter is meant."""
        return self.is_whole or chapter_id in self.chapter_ids or block_id in self.block_ids

    def as_json(self) -> dict[str, list[str]]:
        """As a frozen plan has it."""
        return {"chapter_ids": sorted(self.chapter_ids), "block_ids": sorted(self.block_ids)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Refresh":
        """The inverse of `as_json`."""
        return cls(
            frozenset(map(ChapterId, values["chapter_ids"])), frozenset(map(BlockId, values["block_ids"]))
        )


def join_refreshes(refreshes: Iterable[Refresh | None]) -> Refresh | None:
    """All that any of them means; None where there is none."""
    wanted = [refresh for refresh in refreshes if refresh is not None]
    if not wanted:
        return None
    if any(refresh.is_whole for refresh in wanted):
        return Refresh()
    return Refresh(
        frozenset().union(*(refresh.chapter_ids for refresh in wanted)),
        frozenset().union(*(refresh.block_ids for refresh in wanted)),
    )
