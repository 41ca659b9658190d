"""The headers of every page: nothing foreign is loaded, nothing kept, framed, or told elsewhere."""


def page_headers(*, style: str, form_action: str = "'self'") -> dict[str, str]:
    """style, form_action: sources as a Content-Security-Policy writes them. Scripts have none."""
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": (
            f"default-src 'none'; style-src {style}; form-action {form_action}; "
            "frame-ancestors 'none'; base-uri 'none'"
        ),
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex, nofollow",
    }
