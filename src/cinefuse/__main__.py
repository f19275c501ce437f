"""`python -m cinefuse`."""

from cinefuse.cli import main

if __name__ == "__main__":
    main()
