"""What is sent to a child process of the pool, and what comes back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rhapsode.rendering.plan import SegmentRequest
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.packs import ClosedPack, SegmentLocation
from rhapsode.studio.ids import WorkspaceId


@dataclass(frozen=True, slots=True)
class RenderJob:
    """Segments to make, in order. spoken: where speech is that exists already, by speech key."""

    workspace_id: WorkspaceId
    blobs: Blobs
    requests: Sequence[SegmentRequest]
    spoken: Mapping[bytes, SegmentLocation]


@dataclass(frozen=True, slots=True)
class RenderResult:
    """Durable packs with the first `finished_count` requests of the job, and what was spoken for them."""

    packs: tuple[ClosedPack, ...]
    finished_count: int
    spoken_characters: int
