"""What the commands say on the terminal: colours for people, plain lines for pipes."""

from rich.console import Console
from rich.text import Text


def say(text: str = "", style: str = "") -> None:
    """One or more lines, never folded, so that a pipe sees them as they are."""
    Console(soft_wrap=True).print(Text(text, style=style))


def complain(text: str) -> None:
    """What stands in the way, on stderr."""
    Console(stderr=True, soft_wrap=True).print(Text(text, style="red"))
