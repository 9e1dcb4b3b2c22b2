"""The security headers of every page.

A page loads nothing from other sites and runs nothing inline, and no other site may frame it (OWASP ASVS 5 V3.4). Only
this site gets the referrer: with `no-referrer`, browsers would send `Origin: null` with the site's
own forms, and the forms of browsers without Fetch metadata would be refused.
"""

from __future__ import annotations

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
PAGE_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
