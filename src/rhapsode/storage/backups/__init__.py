"""Backups: what is in a data directory, several times over in one place, each byte of it once (docs/keeping.md)."""
