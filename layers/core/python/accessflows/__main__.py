"""`python -m accessflows`: the command line, where the package is not installed."""

from accessflows.cli.app import app

if __name__ == "__main__":
    app(prog_name="accessflows")
