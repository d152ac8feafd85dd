"""``python -m marketplacer_callback``: the command line."""

from marketplacer_callback.cli import main

if __name__ == "__main__":
    main()
