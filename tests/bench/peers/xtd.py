"""A page with django-comments-xtd below it, set up as its documentation does; nothing of ours.

A settings module, an urlconf and a WSGI application in one, for the environment that `running`
makes. `python -m tests.bench.peers.xtd 1 100` fills its database: a page for each number.
"""

import os
import sys

import django
from django.conf import settings

settings.configure(
    SECRET_KEY=os.environ["SECRET_KEY"],
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    DATABASES={
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["XTD_DATABASE"]}
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
    SITE_ID=1,
    COMMENTS_APP="django_comments_xtd",
    COMMENTS_XTD_MAX_THREAD_LEVEL=4,
    COMMENTS_XTD_CONFIRM_EMAIL=False,
    COMMENTS_XTD_APP_MODEL_OPTIONS={
        "default": {
            "allow_flagging": True,
            "allow_feedback": True,
            "show_feedback": True,
            "who_can_post": "all",
        }
    },
    INSTALLED_APPS=[
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "django.contrib.sites",
        "django.contrib.flatpages",
        "rest_framework",
        "django_comments_xtd",
        "django_comments",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
)
django.setup()

from django.apps import apps  # noqa: E402 # after the setup
from django.contrib.flatpages.models import FlatPage  # noqa: E402 # as above
from django.core.management import call_command  # noqa: E402 # as above
from django.core.wsgi import get_wsgi_application  # noqa: E402 # as above
from django.http import HttpRequest, HttpResponse  # noqa: E402 # as above
from django.template import Context, Template  # noqa: E402 # as above
from django.urls import include, path  # noqa: E402 # as above

PAGE = """{% load comments comments_xtd %}<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{{ page.title }}</title></head><body>
<h1>{{ page.title }}</h1>{{ page.content|safe }}
{% get_comment_count for page as comment_count %}<h2>{{ comment_count }} comments</h2>
{% render_comment_form for page %}
{% render_xtdcomment_tree for page allow_feedback show_feedback allow_flagging %}
</body></html>"""
EVERY_THIRD = 3


def article(request: HttpRequest, count: int) -> HttpResponse:
    page = FlatPage.objects.get(url=f"/{count}/")
    context = Context({"page": page, "request": request, "user": request.user})
    return HttpResponse(article_template.render(context))


article_template = Template(PAGE)
urlpatterns = [
    path("<int:count>/", article),
    path("comments/", include("django_comments_xtd.urls")),
]
application = get_wsgi_application()


def fill(counts: list[int], html: str) -> None:
    call_command("migrate", verbosity=0)
    comments = apps.get_model("django_comments_xtd", "XtdComment").objects
    kind = apps.get_model("contenttypes", "ContentType").objects.get_for_model(FlatPage)
    for count in counts:
        page = FlatPage.objects.create(url=f"/{count}/", title="Polaris Project", content=html)
        parent = 0
        for number in range(count):
            comment = comments.create(
                content_type=kind,
                object_pk=page.pk,
                site_id=settings.SITE_ID,
                user_name=f"Reader {number}",
                user_email=f"reader{number}@example.org",
                comment=f"Thank you, this helped us at our station, and number {number} says so.",
                parent_id=parent if number % EVERY_THIRD else 0,
            )
            parent = comment.pk


if __name__ == "__main__":
    fill([int(word) for word in sys.argv[1:]], sys.stdin.read())
