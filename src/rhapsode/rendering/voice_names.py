"""What the workspace calls the voices of what was spoken."""

from dataclasses import replace

from rhapsode.rendering.script import Script
from rhapsode.storage.voice_edits import VoiceEdits


def as_called(script: Script, edits: VoiceEdits) -> Script:
    """A script whose voices have the names that the workspace has given them."""
    lines = tuple(
        replace(line, voice_name=edits.name_of(line.voice_id, line.voice_name)) for line in script.lines
    )
    return replace(script, voice_name=edits.name_of(script.voice_id, script.voice_name), lines=lines)
