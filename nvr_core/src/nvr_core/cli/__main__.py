"""``python -m nvr_core.cli``: the command ``nvr`` where it is not on the path."""

from nvr_core.cli import main

if __name__ == "__main__":
    main()
