"""Whether what a project's voices say may be sold, for whoever takes it to a shop."""

from rhapsode.storage.records import Transaction
from rhapsode.storage.voice_uses import list_voices_of
from rhapsode.studio.ids import ProjectId
from rhapsode.voices.catalogue import open_catalogue
from rhapsode.voices.licenses import describe_use


def list_warnings(tx: Transaction, project_id: ProjectId) -> list[str]:
    """A sentence for each voice that reads the project now and whose licence doesn't say that this may be sold.

    Also of one that was removed: what it has said is still there.
    """
    catalogue = open_catalogue(tx)
    removed = {stored.voice.voice_id: stored.voice for stored in catalogue.removed}
    readers = (catalogue.find(each) or removed.get(each) for each in list_voices_of(tx, project_id))
    said = {describe_use(voice) for voice in readers if voice is not None}
    return sorted(filter(None, said))
