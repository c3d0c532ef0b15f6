"""A real OpenID Connect provider that believes whoever you say you are."""

import flask
import jinja2
from oidc_provider_mock import User, app

PEOPLE = {
    "ada": "Ada Example",
    "ben": "Ben Example",
    "chloe": "Chloé Exemple",
    "dmitri": "Дмитрий Пример",
}

# The provider's own pages fetch their style from another host; a sandbox works on a train too.
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sign-in sandbox</title>
<style>
  :root { color-scheme: light dark; font: 1.125rem/1.5 system-ui, sans-serif; }
  main { max-width: 34rem; margin: 10vh auto; padding: 0 1.25rem; }
  button, input { font: inherit; padding: .4em .9em; margin: .2em .2em .2em 0; }
  .note { border-inline-start: .25rem solid orange; padding-inline-start: 1rem; }
</style>
<main>
<p class="note">This is the <strong>sandbox</strong> of a blog under development, not a real
provider. Never type a real password here; none is asked for.</p>
{% block content %}{{ content }}{% endblock %}
</main>
</html>
"""
CHOICE = """{% extends "_base.html" %}
{% block content %}
<h1>Who are you today?</h1>
<form method="post">
{% for sub in predefined_users + recent_subjects %}
  <button name="sub" value="{{ sub }}">{{ people.get(sub, sub) }}</button>
{% endfor %}
</form>
<form method="post">
  <p><label for="sub">Or anybody else, by any name</label></p>
  <p><input id="sub" name="sub" required autofocus maxlength="100" placeholder="sub"
    {% if sub_missing %}aria-invalid="true"{% endif %}>
  <button type="submit">Authorize</button></p>
</form>
<form method="post"><button name="action" value="deny">Deny</button></form>
{% endblock %}
"""


def make_provider() -> flask.Flask:
    provider: flask.Flask = app(
        user_claims=[User(sub=sub, claims=claims(sub, name)) for sub, name in PEOPLE.items()]
    )
    ours = jinja2.DictLoader({"_base.html": PAGE, "authorization_form.html": CHOICE})
    loaders = (ours, provider.jinja_loader)
    provider.jinja_loader = jinja2.ChoiceLoader([loader for loader in loaders if loader])
    provider.jinja_env.globals["people"] = PEOPLE
    provider.before_request(meet_newcomer)
    return provider


def claims(sub: str, name: str) -> dict[str, object]:
    return {
        "name": name,
        "preferred_username": sub,
        "email": f"{sub}@example.com",
        "email_verified": True,
    }


def meet_newcomer() -> None:
    """Give a `sub` that somebody just typed a name, as every real provider has one."""
    sub = flask.request.form.get("sub")
    storage = flask.g.oidc_provider_mock_storage
    if sub and not storage.get_user(sub):
        storage.store_user(User(sub=sub, claims=claims(sub, sub)))
