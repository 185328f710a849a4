"""Repair: what is damaged or missing in packs and can be made again gets the bytes that it had."""

from collections.abc import Callable
from dataclasses import dataclass, field

from rhapsode.rendering.pool import RenderPool
from rhapsode.rendering.remaking import Remaking
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.damage import DamagedPack, list_damaged_packs, write_again
from rhapsode.storage.damaged_exports import forget_damaged_export
from rhapsode.storage.exports import list_exports
from rhapsode.storage.owners import describe_owners
from rhapsode.storage.records import Records, list_workspaces
from rhapsode.storage.totals import measure_totals
from rhapsode.studio.ids import WorkspaceId


@dataclass(frozen=True, slots=True)
class RepairReport:
    """What was made again, byte for byte, and what wasn't.

    repaired_packs: those that nothing is missing of any more.    losses: each segment that stays damaged, and why.
    damaged: who needs one of those.
    """

    repaired_packs: int
    remade_segments: int
    losses: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()


def repair_storage(
    records: Records, blobs: Blobs, pool: RenderPool, *, on_progress: Callable[[int, int], None]
) -> RepairReport:
    """Read all packs and make again what is damaged: speech by an engine that is reproducible, and audio of speech.

    Nothing takes the place of what was but the same bytes. May be killed at any moment, and run beside all else; a
    download that reads a damaged pack breaks off at its damage, as it would anyhow.
    on_progress: called with (bytes read, bytes in all).    Raises: StorageFull; ObjectStoreFailed.
    """
    total_bytes = sum(measure_totals(records).pack_bytes.values())
    repairing = _Repairing(records, blobs, pool, on_progress, total_bytes)
    for workspace_id in list_workspaces(records):
        repairing.repair(workspace_id)
    return RepairReport(
        repairing.pack_count, repairing.segment_count, tuple(repairing.losses), tuple(repairing.damaged)
    )


@dataclass(slots=True)
class _Repairing:
    """What is counted meanwhile."""

    records: Records
    blobs: Blobs
    pool: RenderPool
    on_progress: Callable[[int, int], None]
    total_bytes: int
    done_bytes: int = 0
    pack_count: int = 0
    segment_count: int = 0
    losses: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)

    def repair(self, workspace_id: WorkspaceId) -> None:
        packs = list_damaged_packs(self.records, self.blobs, workspace_id, on_progress=self._note)
        remaking = Remaking(self.records, self.blobs, self.pool, workspace_id)
        # Audio is made of speech.
        for pack in sorted(packs, key=lambda pack: pack.kind != "speech"):
            self._repair_pack(workspace_id, pack, remaking)
        if any(pack.kind == "file" and pack.lost for pack in packs):
            self._forget_exports(workspace_id)

    def _note(self, size_bytes: int) -> None:
        self.done_bytes += size_bytes
        self.on_progress(self.done_bytes, max(self.done_bytes, self.total_bytes))

    def _repair_pack(self, workspace_id: WorkspaceId, pack: DamagedPack, remaking: Remaking) -> None:
        remade = remaking.remake([segment for segment in pack.segments if segment.key in pack.lost])
        write_again(self.records, self.blobs, workspace_id, pack, remade.contents)
        self.segment_count += len(remade.contents)
        self.pack_count += not remade.losses
        if remade.losses and pack.kind != "file":
            named = {
                key: f"segment {key.hex()} ({pack.kind}) of pack {pack.pack_id}" for key in remade.losses
            }
            self.losses += (f"{named[key]}: {reason}." for key, reason in remade.losses.items())
            with self.records.read(workspace_id) as tx:
                self.damaged += describe_owners(tx, remade.losses)

    def _forget_exports(self, workspace_id: WorkspaceId) -> None:
        """Those that are damaged; the next who asks for one has it made."""
        with self.records.read(workspace_id) as tx:
            exports = list(list_exports(tx))
        for export in exports:
            forget_damaged_export(self.records, self.blobs, workspace_id, export.export_id)
