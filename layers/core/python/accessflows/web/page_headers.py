"""The headers of every page: nothing foreign is loaded, nothing kept, framed, or told elsewhere."""


def page_headers(
    *, style: str, script: str | None = None, form_action: str = "'self'"
) -> dict[str, str]:
    """style, script, form_action: sources as a Content-Security-Policy writes them.

    Scripts may also ask where they come from, and nobody else; without `script` there are none.
    """
    scripts = f"script-src {script}; connect-src {script}; " if script else ""
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": (
            f"default-src 'none'; style-src {style}; {scripts}form-action {form_action}; "
            "frame-ancestors 'none'; base-uri 'none'"
        ),
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex, nofollow",
    }
