"""Conversions of many machines: how their works are kept, handed out, made and taken over (docs/decisions/0055)."""
