"""Every address of the site, asked for and posted to by everybody, held against one table.

A new address, or a new model in the admin, fails until it has its line here. In a line stand seven
letters for GET and seven for POST: stranger, reader, Moderator, Author, Editor, Administrator,
superuser.

    +  answered: a page, a file, or the form again because it was filled in badly
    >  led on to another page
    s  sent to sign in         d  sent to the desk's front page: no such thing for them
    x  403 forbidden           -  404 not there for them
    g  410 gone                m  405 not in this way         ?  another refusal (400, 401)
"""

import re
from typing import Any

import pytest
from pytest_django import Settings

from tests.access.addresses import path_of, routes
from tests.access.world import PEOPLE, World, build

pytestmark = pytest.mark.django_db

METHODS = ("GET", "POST")
# What would make more of somebody, and what a button sends.
FORM = {"is_superuser": "on", "is_staff": "on", "post": "yes", "comment": "x", "action": "end"}
# Expressions that are long, or in no order.
SHORT = ("admin/^(?P<app_label>", r"^(?P<slug>[-\w]+)/(?P<rest>")
ROW = "<path:object_id>/"
PLACES = ("", "add/", f"{ROW}change/", f"{ROW}delete/", f"{ROW}history/", ROW)

# Each model of the admin, by what the five at the desk get (GET/POST); others are sent to sign in.
#                           list         add          change       delete       history
MODELS = """
comments/decision           +++++/+++++  xxxxx/xxxxx  +d+++/xxxxx  xxxxx/xxxxx  +d+++/+d+++
comments/report             +x+++/+x+++  xxxxx/xxxxx  +x+++/>x>>>  xxxxx/xxxxx  +x+++/+x+++
comments/privatenote        +x+++/+x+++  xxxxx/xxxxx  +x+++/>x>>>  +x+++/>x>>>  +x+++/+x+++
comments/reader             +x+++/+x+++  xxxxx/xxxxx  +x+++/>x>>>  xxxxx/xxxxx  +d+++/+d+++
comments/ban                +x+++/+x+++  +x+++/+x+++  +x+++/xxxxx  xxxxx/xxxxx  +x+++/+x+++
comments/comment            +++++/+++++  xxxxx/xxxxx  +d+++/+d+++  +-+++/>->>>  +d+++/+d+++
comments/cannedreason       xx+++/xx+++  xx+++/xx+++  xx+++/xx+++  xx+++/xx>>>  xx+++/xx+++
comments/discussionsettings xx>>>/xx>>>  xxxxx/xxxxx  xx+++/xx+++  xxxxx/xxxxx  xx+++/xx+++
linkbacks/receivedlinkback  xx+++/xx+++  xxxxx/xxxxx  xx+++/xx>>>  xx+++/xx>>>  xx+++/xx+++
linkbacks/sentlinkback      xx+++/xx+++  xx+++/xx+++  xx+++/xx+++  xx+++/xx>>>  xx+++/xx+++
linkbacks/linkbacksettings  xx>>>/xx>>>  xxxxx/xxxxx  xx+++/xx>>>  xxxxx/xxxxx  xx+++/xx+++
posts/image                 x++++/x++++  x++++/x++++  x++++/xx+++  xx+++/xx>>>  x++++/x++++
posts/post                  x++++/x++++  x++++/x++++  xd+++/xd+++  xd+++/xd>>>  dd+++/dd+++
posts/page                  xx+++/xx+++  xx+++/xx+++  xx+++/xx+++  xx+++/xx>>>  dd+++/dd+++
posts/category              xx+++/xx+++  xx+++/xx+++  xx+++/xx+++  xx+++/xx>>>  xx+++/xx+++
posts/tag                   xx+++/xx+++  xx+++/xx+++  xx+++/xx+++  xx+++/xx>>>  xx+++/xx+++
posts/helpline              xx+++/xx+++  xx+++/xx+++  xx+++/xx+++  xx+++/xx>>>  xx+++/xx+++
posts/site                  xx>>>/xx>>>  xxxxx/xxxxx  xx+++/xx+++  xxxxx/xxxxx  xx+++/xx+++
accounts/user               xxx++/xxx++  xxx++/xxx++  xxx++/xxx++  xxx++/xxx>>  xxx++/xxx++
tasks/dbtaskresult          xxxx+/xxxx+  xxxxx/xxxxx  xxxx+/xxxxx  xxxxx/xxxxx  xxxx+/xxxx+
auth/group                  xxx++/xxx++  xxxx+/xxxx+  xxx++/xxxx+  xxxx+/xxxx>  xxx++/xxx++
mfa/authenticator           xxx++/xxx++  xxxxx/xxxxx  xxx++/xxxxx  xxx++/xxxdd  xxx++/xxx++
"""

ADDRESSES = r"""
+++++++ mmmmmmm  healthz
+++++++ +++++++  readyz
??????? ???????  metrics
>>>>>>> >>>>>>>  exit/
+++++++ mmmmmmm  (home)
+++++++ mmmmmmm  page/<int:page>/
+++++++ mmmmmmm  feed/
+++++++ mmmmmmm  feed/rss2/
+++++++ mmmmmmm  feed/atom/
+++++++ mmmmmmm  feed/json/
+++++++ mmmmmmm  category/<words:slug>/
+++++++ mmmmmmm  category/<words:slug>/page/<int:page>/
+++++++ mmmmmmm  category/<words:slug>/feed/
+++++++ mmmmmmm  category/<words:slug>/feed/rss2/
+++++++ mmmmmmm  category/<words:slug>/feed/atom/
+++++++ mmmmmmm  category/<words:slug>/feed/json/
+++++++ mmmmmmm  tag/<words:slug>/
+++++++ mmmmmmm  tag/<words:slug>/page/<int:page>/
+++++++ mmmmmmm  tag/<words:slug>/feed/
+++++++ mmmmmmm  tag/<words:slug>/feed/rss2/
+++++++ mmmmmmm  tag/<words:slug>/feed/atom/
+++++++ mmmmmmm  tag/<words:slug>/feed/json/
+++++++ mmmmmmm  author/<int:pk>/
+++++++ mmmmmmm  author/<int:pk>/page/<int:page>/
+++++++ mmmmmmm  author/<int:pk>/feed/
+++++++ mmmmmmm  author/<int:pk>/feed/rss2/
+++++++ mmmmmmm  author/<int:pk>/feed/atom/
+++++++ mmmmmmm  author/<int:pk>/feed/json/
+++++++ mmmmmmm  <yyyy:year>/
+++++++ mmmmmmm  <yyyy:year>/page/<int:page>/
+++++++ mmmmmmm  <yyyy:year>/<mm:month>/
+++++++ mmmmmmm  <yyyy:year>/<mm:month>/page/<int:page>/
+++++++ >>>>>>>  <yyyy:year>/<mm:month>/<mm:day>/<words:slug>/
+++++++ mmmmmmm  <yyyy:year>/<mm:month>/<mm:day>/<words:slug>/card.png
+++++++ mmmmmmm  preview/<words:token>/
------- mmmmmmm  media/<path:name>
+++++++ mmmmmmm  search/
+++++++ mmmmmmm  archives/
+++++++ mmmmmmm  safety/
------- mmmmmmm  oembed/
+++++++ mmmmmmm  sitemap.xml
+++++++ mmmmmmm  sitemap-lists.xml
+++++++ mmmmmmm  sitemap-<int:part>.xml
+++++++ mmmmmmm  robots.txt
+++++++ mmmmmmm  opensearch.xml
+++++++ mmmmmmm  manifest.webmanifest
+++++++ mmmmmmm  comments/feed/
+++++++ mmmmmmm  comments/feed/atom/
+++++++ mmmmmmm  comments/started/
>>>>>>> mmmmmmm  comments/<int:pk>/
------- -------  comments/<int:pk>/edit/
------- -------  comments/<int:pk>/delete/
mmmmmmm >>>>>>>  comments/<int:pk>/like/
+++++++ +++++++  comments/<int:pk>/report/
+++++++ +++++++  comments/note/
+++++++ ggggggg  moderate/<str:token>/<slug:choice>/
+++++++ +++++++  subscriptions/<str:token>/
+++++++ +++++++  subscriptions/<str:token>/unsubscribe/
+++++++ +>>>>>>  <yyyy:year>/<mm:month>/<mm:day>/<words:slug>/respond/
mmmmmmm +++++++  <yyyy:year>/<mm:month>/<mm:day>/<words:slug>/respond/preview/
>>>>>>> mmmmmmm  <yyyy:year>/<mm:month>/<mm:day>/<words:slug>/comment-page-<int:page>/
+++++++ +++++++  <yyyy:year>/<mm:month>/<mm:day>/<words:slug>/follow/
+++++++ mmmmmmm  <yyyy:year>/<mm:month>/<mm:day>/<words:slug>/feed/
+++++++ mmmmmmm  <yyyy:year>/<mm:month>/<mm:day>/<words:slug>/feed/atom/
mmmmmmm +++++++  xmlrpc.php
mmmmmmm +++++++  xmlrpc/
mmmmmmm ???????  webmention/
+++++++ mmmmmmm  webmention/<uuid:key>/
>>>>>>> +++++++  <yyyy:year>/<mm:month>/<mm:day>/<words:slug>/trackback/
+++++++ >>>>>>>  <words:slug>/
>>>>>>> >>>>>>>  ^(?P<slug>[-\w]+)/(?P<rest>

>>>>>>> >>>>>>>  admin/password_change/
ss+++++ ss+++++  admin/
sxddddd sx+++++  admin/login/
ddmmmmm dd+++++  admin/logout/
ss+++++ ssmmmmm  admin/password_change/done/
ssxxxxx ssmmmmm  admin/autocomplete/
ss+++++ ssmmmmm  admin/jsi18n/
ssxxx++ ssxxx>>  admin/health/system/
ss+++++ ss+++++  admin/comments/decision/export/
ssmmmmm ss>>>>>  admin/comments/comment/undo/
ss+++++ ss+++++  admin/comments/comment/preferences/
ssmmmmm ss>->>>  admin/comments/comment/<int:pk>/decide/
ssmmmmm ss>->>>  admin/comments/comment/<int:pk>/claim/
ssmmmmm ss>->>>  admin/comments/comment/<int:pk>/reply/
ss+-+++ ss+-+++  admin/comments/comment/<int:pk>/redact/
ss+-+++ ss+-+++  admin/comments/comment/<int:pk>/unseal/
ss>x>>> ss>x>>>  admin/comments/comment/<int:pk>/writer/
ssxmmmm ssx++++  admin/posts/post/autosave/
ssx++++ ssx++++  admin/posts/post/preview/
ssx>>>> ssx>>>>  admin/posts/post/discard/
ssx++++ ssx++++  admin/posts/post/markdown/
ss--mmm ss--+++  admin/posts/post/<path:object_id>/autosave/
ss--+++ ss--+++  admin/posts/post/<path:object_id>/preview/
ss-->>> ss-->>>  admin/posts/post/<path:object_id>/discard/
ss--+++ ss-----  admin/posts/post/<path:object_id>/versions/
ssxxmmm ssxx+++  admin/posts/page/autosave/
ssxx+++ ssxx+++  admin/posts/page/preview/
ssxx>>> ssxx>>>  admin/posts/page/discard/
ssxx+++ ssxx+++  admin/posts/page/markdown/
ss--mmm ss--+++  admin/posts/page/<path:object_id>/autosave/
ss--+++ ss--+++  admin/posts/page/<path:object_id>/preview/
ss-->>> ss-->>>  admin/posts/page/<path:object_id>/discard/
ss--+++ ss-----  admin/posts/page/<path:object_id>/versions/
ssxxx++ ssxxx++  admin/accounts/user/<id>/password/
ss+++++ ss+++++  admin/^(?P<app_label>
ss----- ss-----  admin/(?P<url>.*)$
ss-->>> ss-->>>  admin/r/<int:content_type_id>/<str:object_id>/
ss-->>> ss-->>>  admin/r/<path:content_type_id>/<path:object_id>/

>>>>>>> >>>>>>>  accounts/
+++++++ +++++++  accounts/sign-in/
sssssss sssssss  accounts/sign-in/new/
------- -------  accounts/sign-in/<slug:name>/
mmmmmmm >>>>>>>  accounts/sign-out/
s------ s------  accounts/prove/
s>>>>>> s>>>>>>  accounts/prove/done/
smmmmmm s------  accounts/prove/<slug:name>/
s++++++ smmmmmm  accounts/me/
s++++++ smmmmmm  accounts/me/logged-in/
smmmmmm s>>>>>>  accounts/me/logged-in/end/
smmmmmm s++++++  accounts/me/name/
smmmmmm s>>>>>>  accounts/me/picture/
smmmmmm s------  accounts/me/connect/<slug:name>/
smmmmmm s------  accounts/me/accounts/<int:number>/remove/
s>>>>>> s++++++  accounts/me/download/
s+xxxxx s+xxxxx  accounts/me/delete/
+++++++ mmmmmmm  accounts/left/
+++++++ mmmmmmm  accounts/pictures/<int:colour>-<str:letter>.svg
------- mmmmmmm  accounts/pictures/<str:key>.webp
s++++++ smmmmmm  accounts/2fa/totp/code.svg
mmmmmmm -------  accounts/facebook/delete/
mmmmmmm -------  accounts/facebook/deauthorize/
+++++++ mmmmmmm  accounts/facebook/deletions/<str:code>/
>>>>>>> >>>>>>>  accounts/3rdparty/
------- -------  accounts/3rdparty/signup/
sssssss sssssss  accounts/signup/
ss>>>>> ss>>>>>  accounts/password/set/
ss+++++ ss+++++  accounts/password/change/
------- -------  accounts/^(?:google|facebook)/login/token/$
------- -------  accounts/^(?:oidc/)?(?P<allauth_id>[\w-]+)/login/$
+>>>>>> +>>>>>>  accounts/login/
>++++++ >>>>>>>  accounts/logout/
+++++++ mmmmmmm  accounts/inactive/
sx+++++ sx+++++  accounts/reauthenticate/
s++++++ s>>>>>>  accounts/email/
+++++++ mmmmmmm  accounts/confirm-email/
+++++++ +++++++  accounts/password/reset/
s>>>>>> s>>>>>>  accounts/login/code/confirm/
+++++++ -------  accounts/^confirm-email/(?P<key>[-:\w]+)/$
+++++++ mmmmmmm  accounts/password/reset/key/done/
+++++++ +++++++  accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$
+++++++ mmmmmmm  accounts/password/reset/done/
s++++++ smmmmmm  accounts/2fa/
s>>>>>> s>>>>>>  accounts/2fa/authenticate/
sx>>>>> sx>>>>>  accounts/2fa/reauthenticate/
s++++++ s++++++  accounts/2fa/totp/activate/
s------ s------  accounts/2fa/totp/deactivate/
s------ smmmmmm  accounts/2fa/recovery-codes/
s++++++ s++++++  accounts/2fa/recovery-codes/generate/
s------ s------  accounts/2fa/recovery-codes/download/
s++++++ smmmmmm  accounts/2fa/webauthn/
s++++++ s++++++  accounts/2fa/webauthn/add/
sx>>>>> sx>>>>>  accounts/2fa/webauthn/reauthenticate/
s------ s------  accounts/2fa/webauthn/keys/<int:pk>/remove/
s------ s------  accounts/2fa/webauthn/keys/<int:pk>/edit/
s>>>>>> s>>>>>>  accounts/2fa/webauthn/login/
+++++++ mmmmmmm  accounts/3rdparty/login/cancelled/
??????? mmmmmmm  accounts/3rdparty/login/error/
>>>>>>> >>>>>>>  accounts/social/login/cancelled/
>>>>>>> >>>>>>>  accounts/social/login/error/
>>>>>>> >>>>>>>  accounts/social/signup/
>>>>>>> >>>>>>>  accounts/social/connections/
------- -------  accounts/wordpress/login/
------- -------  accounts/wordpress/login/callback/
------- -------  accounts/twitter_oauth2/login/
------- -------  accounts/twitter_oauth2/login/callback/
------- -------  accounts/facebook/login/
------- -------  accounts/facebook/login/callback/
------- -------  accounts/facebook/login/token/
------- -------  accounts/google/login/
------- -------  accounts/google/login/callback/
------- -------  accounts/google/login/token/
------- -------  accounts/oidc/^(?P<provider_id>[^/]+)/login/
------- -------  accounts/oidc/^(?P<provider_id>[^/]+)/login/callback/
"""


def letter(answer: Any) -> str:
    code, target = answer.status_code, answer.get("Location", "")
    if code in (301, 302, 303, 307):
        if target.startswith(("/accounts/login/", "/accounts/sign-in/", "/admin/login/")):
            return "s"
        return "d" if target == "/admin/" else ">"
    if code in (200, 201, 202, 204, 409, 422):
        return "+"
    return {403: "x", 404: "-", 405: "m", 410: "g", 400: "?", 401: "?"}.get(code, f"[{code}]")


def lines() -> dict[str, str]:
    """The table, by the address as the resolver has it."""
    told = {}
    for line in ADDRESSES.strip().splitlines():
        if line:
            letters, _gap, route = line.partition("  ")
            told["" if route == "(home)" else route] = letters
    for line in MODELS.strip().splitlines():
        model, *cells = line.replace("tasks/", "django_tasks_database/").split()
        told |= {
            f"admin/{model}/{place}": " ".join(f"ss{five}" for five in cell.split("/"))
            for place, cell in zip(PLACES, (*cells, ">>>>>/>>>>>"), strict=True)
        }
    return told


def known_as(route: str) -> str:
    """As the table has it."""
    return next((short for short in SHORT if route.startswith(short)), route)


def walked(world: World, path: str) -> str:
    """What everybody gets there, as it stands in the table."""
    return " ".join(
        "".join(letter(world.ask(who, method, path, FORM)) for who in PEOPLE) for method in METHODS
    )


def test_every_address_answers_everybody_as_the_table_says(settings: Settings) -> None:
    settings.RATE_LIMITS = settings.PAGE_CACHE = False
    settings.METRICS_TOKEN = "token"
    world, told = build(), lines()
    there = {known_as(route): route for route in routes()}

    assert set(there) == set(told)
    found = {name: walked(world, path_of(world, route)) for name, route in there.items()}
    assert {name: found[name] for name in told if found[name] != told[name]} == {
        name: told[name] for name in told if found[name] != told[name]
    }


def test_without_a_second_factor_the_desk_leads_everybody_to_it(settings: Settings) -> None:
    settings.STAFF_NEEDS_MFA = True
    world = build()
    ways_out = re.compile("admin/(login|logout|password_change)/$|admin/r/")
    for route in routes():
        if not route.startswith("admin/") or ways_out.match(route):
            continue
        for who, method in (("superuser", "GET"), ("superuser", "POST"), ("Moderator", "GET")):
            answer = world.ask(who, method, path_of(world, route), FORM)
            assert answer.get("Location") == "/accounts/2fa/", (who, method, route)
