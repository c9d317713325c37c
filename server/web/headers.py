"""The headers every answer carries, so that a browser does no more with our pages than they need."""

from __future__ import annotations

from aiohttp import web

#: Everything comes from us, nothing is written inline, nobody shows us in a frame.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "media-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_PERMISSIONS = "camera=(), geolocation=(), microphone={}, payment=(), usb=()"
#: For the pages on which somebody may speak a recording: they name it among their own headers.
MICROPHONE = _PERMISSIONS.format("(self)")
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # With no-referrer a browser would send "Origin: null", and the guard could not know our own pages.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": _PERMISSIONS.format("()"),
    "Server": "Switchroom",
}


async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Set them just before an answer goes out."""
    for name, value in HEADERS.items():
        if response.headers.get(name) != MICROPHONE:
            response.headers[name] = value
