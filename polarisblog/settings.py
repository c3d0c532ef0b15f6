"""Every deployment setting, read from the environment (and an optional `.env`).

`.env.example` says what each variable means. What editors may change lives in the admin instead
(`posts.models.Site`), and rates live in `polarisblog/network/limits.py`. Names carry their units.
"""

import os
import secrets
import sys
from pathlib import Path
from urllib.parse import urlsplit

import django_stubs_ext
from environs import validate
from whitenoise.compress import Compressor

from accounts.providers import catalogue
from polarisblog import environment, policies, stores

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent

env = environment.Variables()
env.read_file(BASE_DIR / ".env")


def _kept_secret(path: Path) -> str:
    """The secret in `path`, made on first use and readable by its owner alone.

    Several processes may start at once on a fresh machine: whoever links its file into place first
    decides, and the link is atomic, so nobody reads half a secret.
    """
    if not path.exists():
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(64))
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text().strip()


# --- Where we are -------------------------------------------------------------

VERSION = "0.1.0"
DEBUG = env.bool("DEBUG", False)
HOST = env.str("HOST", "127.0.0.1")
PORT = env.int("PORT", 8000, validate=environment.A_PORT)
SITE_URL = env.str("SITE_URL", f"http://{HOST}:{PORT}", validate=environment.is_site_address)
SITE_URL = SITE_URL.rstrip("/").lower()
IS_HTTPS = SITE_URL.startswith("https://")

DATA_DIR = environment.folder(env, "DATA_DIR", BASE_DIR / "var")

SECRET_KEY = env.str("SECRET_KEY", "") or _kept_secret(DATA_DIR / "secret-key.txt")
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", [])

_site_host = urlsplit(SITE_URL).hostname or HOST
_named_hosts = env.list("ALLOWED_HOSTS", []) or [HOST, "localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS = sorted({*_named_hosts, _site_host})
CSRF_TRUSTED_ORIGINS = [SITE_URL]

# How many reverse proxies of ours stand in front. 0: forwarding headers are somebody's claim only.
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", 0, validate=environment.NOT_NEGATIVE)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
if TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- Who may sign in, and how -------------------------------------------------

AUTH_USER_MODEL = "accounts.User"

PROVIDER_KEYS = catalogue.keys(env.str)
_sign_in = catalogue.real(PROVIDER_KEYS)
# The development sandbox stands in only where there is no key at all and DEBUG is on.
SANDBOX_URL = env.str("SANDBOX_URL", "") if DEBUG and not _sign_in.providers else ""
SANDBOX_APPS = ["accounts.sandbox"] if SANDBOX_URL else []
if SANDBOX_URL:
    _sign_in = catalogue.sandboxed(SANDBOX_URL)

# The one list of ways to sign in, in the order the form shows them: our name for the provider, and
# the id that allauth knows it by.
SIGN_IN_PROVIDERS = _sign_in.providers
SOCIALACCOUNT_PROVIDERS = _sign_in.allauth
# Where the pages of these providers live: only pages with their buttons may send forms there.
SIGN_IN_ORIGINS = _sign_in.origins

# Whoever writes and moderates needs a second factor before the desk opens.
STAFF_NEEDS_MFA = env.bool("STAFF_NEEDS_MFA", not DEBUG)

AUTHENTICATION_BACKENDS = ["accounts.passwords.StaffBackend"]
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
# What matters asks again who somebody is, so long after they last showed it: accounts/proving.py.
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_FORMS = {
    "add_email": "accounts.forms.AddressForm",
    "reset_password": "accounts.passwords.ForgottenPasswordForm",
}
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_SESSION_REMEMBER = False
SOCIALACCOUNT_ADAPTER = "accounts.adapters.SocialAccountAdapter"
SOCIALACCOUNT_AUTO_SIGNUP = True
SOCIALACCOUNT_QUERY_EMAIL = False
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_STORE_TOKENS = False
MFA_ADAPTER = "accounts.second_factor.Adapter"
MFA_FORMS = {
    "authenticate": "accounts.throttling.CodeForm",
    "reauthenticate": "accounts.throttling.CodeAgainForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
# One step of 30 s either way, for clocks that are a little off.
MFA_TOTP_TOLERANCE = 1
# Passkeys need https, but for localhost.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG
# An address proves nothing here and opens nothing, so it need not be confirmed first.
MFA_ALLOW_UNVERIFIED_EMAIL = True
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "account_login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]

# --- What the blog is made of -------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "polarisblog",
    "polarisblog.background",
    "polarisblog.pagecache",
    "polarisblog.backups",
    "polarisblog.health",
    "polarisblog.network",
    "comments",
    "comments.linkbacks",
    "posts",
    "accounts",
    *SANDBOX_APPS,
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    *_sign_in.apps,
    "allauth.mfa",
    "csp",
    "django_prose_editor",
    "django_tasks",
    "django_tasks_db",
]

MIDDLEWARE = [
    "polarisblog.pagecache.keeping.KeptMiddleware",
    "polarisblog.health.watching.WatchingMiddleware",
    "polarisblog.errors.ErrorPagesMiddleware",
    "polarisblog.outages.OutageMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "polarisblog.replicas.routing.ReplicaMiddleware",
    "polarisblog.headers.PolicyMiddleware",
    "polarisblog.headers.HeadersMiddleware",
    "polarisblog.languages.LanguageMiddleware",
    "polarisblog.methods.MethodsMiddleware",
    "accounts.middleware.FormTargetsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "polarisblog.network.origins.OriginOrTokenMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.SignInMiddleware",
    "accounts.middleware.SecondFactorMiddleware",
    "polarisblog.network.middleware.TooFastMiddleware",
    "comments.linkbacks.middleware.LinkbackMiddleware",
]

ROOT_URLCONF = "polarisblog.urls"
ASGI_APPLICATION = "polarisblog.asgi.application"
WSGI_APPLICATION = "polarisblog.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "posts.context.site",
            ],
        },
    },
]

# --- Where things are kept ----------------------------------------------------

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = stores.databases(env, DATA_DIR)
# Copies that strangers' reading may be answered from: polarisblog/replicas.
DATABASE_REPLICAS = [alias for alias in DATABASES if alias != "default"]
DATABASE_ROUTERS = ["polarisblog.replicas.routing.ReplicaRouter"] if DATABASE_REPLICAS else []
CACHES = stores.caches(env)

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
# Dotted path of a task -> how often the worker starts it, in seconds.
PERIODIC_TASKS: dict[str, int] = {
    "accounts.tasks.forget_sessions": 3600,
    "comments.tasks.deliver": 60,
    "comments.tasks.forget": 3600,
    "comments.tasks.close_due": 60,
    "polarisblog.pagecache.tasks.prune": 1800,
    "posts.tasks.publish_due": 10,
    "posts.tasks.catch_up": 3600,
    "posts.tasks.remind_of_reviews": 24 * 3600,
    "comments.linkbacks.tasks.sweep": 60,
}

# Pages for strangers, kept whole; a web server in front may hand them out from here (deploy/).
PAGE_CACHE = env.str("PAGE_CACHE", "on").lower() not in ("off", "0", "false", "no")
# A CDN hears of no change: how old a page may be there.
CDN_SECONDS = env.int("CDN_SECONDS", 0, validate=environment.NOT_NEGATIVE)
PAGES_DIR = Path(env.str("PAGES_DIR", str(DATA_DIR / "pages"))).resolve()

SESSION_ENGINE = "accounts.sessions"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# Whoever may read backups: age recipients (public keys). None: they are not encrypted.
BACKUP_RECIPIENTS: list[str] = env.list("BACKUP_RECIPIENTS", [])

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"
PICTURES = {
    "PIXEL_DENSITIES": [1],
    "USE_PLACEHOLDERS": False,
    "PROCESSOR": "posts.tasks.picture_changed",
}
STORAGES = {
    "default": stores.media(env),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = False
# What was collected is served, in development too, so that a newcomer meets the blog as readers
# will; `manage.py runserver` serves the sources instead.
WHITENOISE_AUTOREFRESH = False
WHITENOISE_USE_FINDERS = False
# Source maps are for whoever debugs the editor; compressing them takes half a minute.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")
WHITENOISE_MAX_AGE = 0 if DEBUG else 3600
WHITENOISE_ALLOW_ALL_ORIGINS = False

# --- What leaves and what comes in --------------------------------------------

_email = environment.mail_server(env, "console://" if DEBUG else "smtp://localhost:25")
EMAIL_BACKEND = _email["EMAIL_BACKEND"]
EMAIL_HOST = _email["EMAIL_HOST"]
EMAIL_PORT = _email["EMAIL_PORT"]
EMAIL_HOST_USER = _email["EMAIL_HOST_USER"]
EMAIL_HOST_PASSWORD = _email["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS = _email["EMAIL_USE_TLS"]
EMAIL_USE_SSL = _email["EMAIL_USE_SSL"]
EMAIL_FILE_PATH = _email["EMAIL_FILE_PATH"]
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", f"blog@{_site_host}")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# Where the team's chat is told that a comment waits; signed with the secret.
MODERATION_WEBHOOK_URL = env.str("MODERATION_WEBHOOK_URL", "", validate=environment.is_web_address)
MODERATION_WEBHOOK_SECRET = env.str("MODERATION_WEBHOOK_SECRET", "")

FETCH_ALLOW_PRIVATE: list[str] = env.list("FETCH_ALLOW_PRIVATE", [])
FETCH_ALLOWED_PORTS = (80, 443, 8080)
RATE_LIMITS = env.str("RATE_LIMITS", "on").lower() not in ("off", "0", "false", "no")
# Every rate is in polarisblog/network/limits.py, allauth's too: accounts/throttling.py.
ACCOUNT_RATE_LIMITS = MFA_RATE_LIMITS = False

# Python computes on one core at a time. A second process survives the first, but where they share a
# core they are in each other's way; development wants one to read and debug.
_CORES = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
WEB_PROCESSES = env.int(
    "WEB_PROCESSES", 1 if DEBUG else min(_CORES, 2), validate=environment.AT_LEAST_ONE
)
# So many requests are worked on at once in each web process; more wait their turn.
WEB_THREADS = env.int("WEB_THREADS", 16, validate=environment.AT_LEAST_ONE)
MAX_BODY_BYTES = 3 * 1024 * 1024
MAX_UPLOAD_BYTES = 30 * 1024 * 1024
BODY_DEADLINE_SECONDS = 15.0
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_BODY_BYTES

# --- What a browser is told ---------------------------------------------------

CONTENT_SECURITY_POLICY = policies.CONTENT_SECURITY
PERMISSIONS_POLICY = policies.PERMISSIONS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_SSL_REDIRECT = IS_HTTPS
# What machines ask from inside, where there is no TLS yet.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_HTTPS
SILENCED_SYSTEM_CHECKS = [
    "security.W003",  # OriginOrTokenMiddleware is Django's CSRF middleware, and more
    "security.W021",  # preloading binds a whole domain for years: its owner decides that
]

SESSION_COOKIE_NAME = "__Host-session" if IS_HTTPS else "session"
SESSION_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
# Some readers share a device with somebody they fear: closing the browser signs them out.
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_NAME = "__Host-csrf" if IS_HTTPS else "csrf"
CSRF_COOKIE_SECURE = IS_HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
# By it a guest's browser shows what its guest wrote; whoever brings one gets no kept page.
GUEST_COOKIE_NAME = "__Host-guest" if IS_HTTPS else "guest"
CSRF_FAILURE_VIEW = "polarisblog.views.not_from_here"

# --- Language and time --------------------------------------------------------

# The site's own language; the others stand under `/es/…` (polarisblog/languages.py).
LANGUAGES = [("en", "English"), ("es", "Español")]
LANGUAGE_CODE = env.str("LANGUAGE_CODE", "en", validate=validate.OneOf(dict(LANGUAGES)))
LOCALE_PATHS = [BASE_DIR / "polarisblog" / "locale"]
FORMAT_MODULE_PATH = "polarisblog.formats"
TIME_ZONE = env.str("TIME_ZONE", "UTC", validate=environment.is_time_zone)
USE_I18N = True
USE_TZ = True

# --- How it is watched --------------------------------------------------------

# Prometheus asks /metrics with this as bearer token; there is no such page without it.
METRICS_TOKEN = env.str("METRICS_TOKEN", "")
# Told about faults, and about where time goes, without anything personal (polarisblog/health).
SENTRY_DSN = env.str("SENTRY_DSN", "", validate=environment.is_web_address)
OTEL_EXPORTER_OTLP_ENDPOINT = env.str(
    "OTEL_EXPORTER_OTLP_ENDPOINT", "", validate=environment.is_web_address
)

_log_format = "Json" if env.str("LOG_FORMAT", "line").lower() == "json" else "Line"
_log_level = env.str("LOG_LEVEL", "WARNING", validate=environment.A_LOG_LEVEL)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "ours": {
            "()": f"polarisblog.health.logs.{_log_format}Formatter",
            "format": "%(levelname)s %(name)s: %(message)s",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "ours"}},
    "root": {"handlers": ["stderr"], "level": _log_level},
    # A 404 or a refused form is everyday work, not a warning.
    "loggers": {
        "django.request": {"level": "ERROR"},
        "django_tasks_db": {"level": "WARNING"},
        # A database that is away is told of once, by whoever goes without it.
        "psycopg.pool": {"level": "ERROR"},
    },
}
