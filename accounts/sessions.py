"""Where a reader is signed in, and signing out there.

Django's sessions with three columns more, as its documentation extends them, so that one query
lists or ends those of a reader. What was ended is nobody's from the next request on, and a request
that runs meanwhile cannot bring it back.

allauth.usersessions would keep every network address and the browser's whole description.
"""

import time
from typing import Any

from django.apps import apps
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.dispatch import receiver
from django.http import HttpRequest

from accounts import devices

DEVICE, BEGAN = "device", "began_on"


class SessionStore(DatabaseStore):
    """Sessions whose rows say whose they are (`SESSION_ENGINE`)."""

    @classmethod
    def get_model_class(cls) -> Any:
        return apps.get_model("accounts", "Session")

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        row: Any = super().create_model_instance(data)
        row.reader_id = data.get(SESSION_KEY)
        row.device, row.began_on = data.get(DEVICE, ""), data.get(BEGAN)
        return row


@receiver(user_logged_in)
def note(request: HttpRequest, **kwargs: Any) -> None:
    """Remember, in two coarse words and to the day, what somebody came in with."""
    request.session[DEVICE] = devices.words_of(request.headers.get("User-Agent", ""))
    request.session[BEGAN] = time.strftime("%Y-%m-%d", time.gmtime())
