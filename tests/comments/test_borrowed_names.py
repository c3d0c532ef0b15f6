"""Nobody comments under a name that readers could take for one of the team."""

import pytest
from django.test import Client

from comments.models import Comment, DiscussionSettings
from comments.screening import screen
from posts.models import Post
from tests.accounts.test_names import LOOK_ALIKES
from tests.factories import CommentFactory, UserFactory

pytestmark = pytest.mark.django_db

WORDS = {"comment": "I can help you, call me", "email": "m@example.org"}


@pytest.fixture(autouse=True)
def _team() -> None:
    UserFactory(name="Miriam Wells", is_staff=True)
    UserFactory(name="Left Long Ago", is_staff=True, is_active=False)
    UserFactory(name="🙂", is_staff=True)


@pytest.mark.parametrize("name", ["Miriam Wells", *LOOK_ALIKES])
def test_a_guest_does_not_take_the_name_of_one_of_the_team(
    browserlike: Client, post: Post, name: str
) -> None:
    answer = browserlike.post(f"{post.get_absolute_url()}respond/", {**WORDS, "author": name})

    assert answer.status_code == 422
    assert "Somebody of the team here goes by that name." in answer.content.decode()
    assert "I can help you" in answer.content.decode()
    assert not Comment.objects.exists()


@pytest.mark.parametrize("name", ["Miriam", "Wells", "Left Long Ago", "🙂🙂", "ميريام"])
def test_other_names_are_free(browserlike: Client, post: Post, name: str) -> None:
    answer = browserlike.post(f"{post.get_absolute_url()}respond/", {**WORDS, "author": name})

    assert answer.status_code == 303
    assert Comment.objects.get().name == name


def test_a_suggestion_of_a_provider_is_checked_as_well(post: Post) -> None:
    client = Client(headers={"origin": "http://testserver", "sec-fetch-site": "same-origin"})
    client.force_login(UserFactory(name="Мiriam Wells", has_chosen_name=False))

    answer = client.post(f"{post.get_absolute_url()}respond/", {**WORDS, "public_name": ""})

    assert answer.status_code == 422
    assert "Somebody of the team here goes by that name." in answer.content.decode()
    assert not Comment.objects.exists()


def test_what_comes_under_such_a_name_all_the_same_waits_for_a_moderator(post: Post) -> None:
    settings = DiscussionSettings.current()
    settings.holds_first_comment = False
    for kind in (Comment.Kind.WEBMENTION, Comment.Kind.PINGBACK):
        mention = CommentFactory.build(post=post, name="Miriаm Wells", kind=kind)
        assert screen(mention, settings).status == Comment.Status.PENDING
        assert str(screen(mention, settings).reason) == "Bears a name of the team"
        mention.name = "Another blog"
        assert screen(mention, settings).status == Comment.Status.APPROVED
