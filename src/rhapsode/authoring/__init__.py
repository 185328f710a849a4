"""Create and edit: documents become projects, edits become new revisions."""
