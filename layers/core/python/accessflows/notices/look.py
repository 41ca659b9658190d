"""The look that mails and pages share: one palette, light and dark."""

from typing import Final

SANS: Final = (
    "-apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
)
LIGHT: Final = {
    "ground": "#eef1ee",
    "card": "#ffffff",
    "well": "#f5f7f5",
    "line": "#d9dfdb",
    "ink": "#17221f",
    "soft": "#53635d",
    "accent": "#0b5f54",
    "on_accent": "#ffffff",
    "tint": "#e2f0ec",
    "warn": "#9c3a1d",
    "warn_tint": "#fbece6",
    "amber": "#7a5200",
    "amber_tint": "#fbf1dc",
}
DARK: Final = {
    "ground": "#0f1514",
    "card": "#182120",
    "well": "#1f2a28",
    "line": "#32403d",
    "ink": "#e9efec",
    "soft": "#a5b5b0",
    "accent": "#6fd0bd",
    "on_accent": "#08211d",
    "tint": "#173530",
    "warn": "#f2a48b",
    "warn_tint": "#3a211a",
    "amber": "#ecc273",
    "amber_tint": "#352a14",
}
