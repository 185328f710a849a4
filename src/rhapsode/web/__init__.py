"""What browsers are served: documentation and players."""
