"""What a browser may do on our pages: django-csp's form, and the Permissions-Policy header."""

CONTENT_SECURITY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "base-uri": ["'none'"],
        "connect-src": ["'self'"],
        "font-src": ["'self'"],
        # Pages with sign-in buttons name their providers too: accounts.middleware.
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "img-src": ["'self'"],
        "manifest-src": ["'self'"],
        "media-src": ["'self'"],
        "object-src": ["'none'"],
        # No script may turn a text into markup or code, and none may make an exception for itself.
        "require-trusted-types-for": ["'script'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "trusted-types": ["'none'"],
    },
}
# On the desk: jQuery 3, which Django's admin brings, and the rich editor write markup from texts.
DESK: dict[str, None] = {"require-trusted-types-for": None, "trusted-types": None}
PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "autoplay",
        "browsing-topics",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "hid",
        "idle-detection",
        "local-fonts",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "screen-wake-lock",
        "serial",
        "usb",
        "xr-spatial-tracking",
    )
)
