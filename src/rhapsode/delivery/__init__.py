"""Snapshots as bytes: files of chapters, single files of projects, archives. Nothing is encoded here."""
