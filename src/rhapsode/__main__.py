"""Where the program starts, by its own name or by `python -m rhapsode`."""


def main() -> None:
    """Run the command line."""
    # Every child process imports the module it was started from: that must not be the whole program.
    from rhapsode.cli import main as run

    run()


if __name__ == "__main__":
    main()
