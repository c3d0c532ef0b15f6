"""What the team may set about the conversation, in the admin."""

import pytest
from django.test import Client

from comments.models import DiscussionSettings
from tests.factories import AdministratorFactory

pytestmark = pytest.mark.django_db


def test_everything_that_can_be_set_is_on_the_page(client: Client) -> None:
    client.force_login(AdministratorFactory())
    page = client.get("/admin/comments/discussionsettings/", follow=True)
    shown = set(page.context["adminform"].form.fields)
    fields = DiscussionSettings._meta.concrete_fields
    assert shown == {field.name for field in fields if field.editable and not field.primary_key}
