"""The wire: HTTP in, JSON and bytes out; README.md beside this file says which subset and which quirks."""
