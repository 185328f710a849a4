"""Faults at every moment: kills, power failures, full disks and broken ones (docs/reliability.md)."""
