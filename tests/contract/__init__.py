"""The wire: a real server on this machine, asked by the official SDKs and by raw HTTP."""
