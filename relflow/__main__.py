"""`python -m relflow`, and the installed command."""

from relflow.cli.main import main

if __name__ == "__main__":
    main()
