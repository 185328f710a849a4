"""The formats that a snapshot is exported in, a module for each."""
