"""Plan, speak, encode, assemble: how a project becomes a snapshot."""
