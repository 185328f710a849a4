"""What browsers are served: the Studio page, documentation and players."""
