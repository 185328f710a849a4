"""Whose a request is: API keys and their workspaces."""
