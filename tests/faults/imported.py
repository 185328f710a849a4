"""All that a server imports sooner or later, for processes that are forks of one that has it."""

import tempfile
from pathlib import Path

import rhapsode.api.own_speech
import rhapsode.api.server
import rhapsode.cli.commands
import rhapsode.delivery.downloads
import rhapsode.delivery.exporting
import rhapsode.delivery.redirects
import rhapsode.documents.importing
import rhapsode.jobs.dbos_runner
import rhapsode.rendering.forced_alignment
import rhapsode.rendering.listening
import rhapsode.rendering.live_session
import rhapsode.rendering.speak_worker
import rhapsode.rendering.sweeper
import rhapsode.rendering.voice_samples
import rhapsode.rendering.worker
import rhapsode.web.documentation
import rhapsode.web.player  # noqa: F401
from rhapsode.storage.records import Records

# A migration imports the rest.
with tempfile.TemporaryDirectory() as folder:
    Records.open_sqlite(Path(folder) / "records.sqlite3").close()
