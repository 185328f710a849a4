"""The Studio page in a real browser, before a real server."""
