"""Pages take whatever one-word address nothing else has: include these last of all."""

from django.urls import path, re_path

from posts import showing

app_name = "pages"

# Named one by one: a pattern that took everything would lead each unknown address on to its slash.
PARTS = r"respond(?:/preview)?|comment-page-\d+|follow|trackback|feed(?:/atom)?"

urlpatterns = [
    path("<words:slug>/", showing.page, name="page"),
    re_path(rf"^(?P<slug>[-\w]+)/(?P<rest>{PARTS})/$", showing.page_part, name="part"),
]
