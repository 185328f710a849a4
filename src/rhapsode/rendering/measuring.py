"""Voices of a book whose level nobody knows yet speak first, outside of the transaction that plans it."""

import functools
from collections.abc import Sequence

from rhapsode.audio.mastering import Level
from rhapsode.rendering.asked_voices import find_voices
from rhapsode.rendering.attempts import attempted
from rhapsode.rendering.calibration import Calibration
from rhapsode.rendering.pool import RenderPool
from rhapsode.rendering.speakers import Speakers
from rhapsode.storage import levels
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.records import Records
from rhapsode.studio.errors import EngineFailed, TextRefused, VoiceNotMeasured
from rhapsode.studio.ids import WorkspaceId


class VoiceMeter:
    """Measures voices with the processes of a pool."""

    def __init__(self, records: Records, blobs: Blobs, pool: RenderPool) -> None:
        self._records = records
        self._blobs = blobs
        self._pool = pool

    def measure(self, workspace_id: WorkspaceId, calibrations: Sequence[Calibration]) -> None:
        """Let voices speak and keep how loud they are, each in a transaction of its own. Raises: VoiceNotMeasured."""
        for calibration in calibrations:
            with self._pool.turn(character_count=len(calibration.request.spoken_text)):
                level = self._measure_one(workspace_id, calibration)
            with self._records.write(workspace_id) as tx:
                levels.keep_level(tx, calibration.level_key, level)

    def _measure_one(self, workspace_id: WorkspaceId, calibration: Calibration) -> Level:
        with self._records.read(workspace_id) as tx:
            voices = find_voices(tx, [calibration.request])
        measure = functools.partial(self._pool.measure, calibration.request, Speakers(voices, self._blobs))
        try:
            return attempted(measure, event="measuring.attempt_failed")
        except (EngineFailed, TextRefused) as error:
            msg = (
                f"The voice {calibration.request.voice_id} can't be measured to normalize its volume: {error}"
            )
            raise VoiceNotMeasured(msg) from error
