"""People at the desk, for tests about moderation."""

from typing import Any

from django.contrib.auth.models import Group
from django.test import Client

from accounts.models import User
from comments.models import Comment
from posts.models import Post
from tests.factories import UserFactory
from tests.signing_in import sign_in_lately

QUEUE = "/admin/comments/comment/"


def one_of_the_team(role: str, **fields: Any) -> User:
    """Somebody of the team in that role, with an address unless the test says otherwise."""
    user: User = UserFactory(is_staff=True, **{"email": "team@example.org", **fields})
    user.groups.add(Group.objects.get(name=role))
    return user


def desk_of(user: User) -> Client:
    """Signed in a moment ago, so that nothing asks again who this is."""
    return sign_in_lately(Client(), user)


def page(desk: Client, **query: Any) -> str:
    """The queue as it is shown."""
    answer = desk.get(QUEUE, query)
    assert answer.status_code == 200
    return answer.content.decode()


def status_of(comment: Comment) -> str:
    """What has become of it by now."""
    comment.refresh_from_db()
    return comment.status


def row(desk: Client, pk: int, what: str, query: str = "", **posted: Any) -> Any:
    """Press a row's button as the script does."""
    url = f"{QUEUE}{pk}/{what}/{query}"
    return desk.post(url, posted, headers={"accept": "application/json"})


def crowd(post: Post, count: int, **fields: Any) -> None:
    """Many rows, stored as an import stores them."""
    Comment.objects.bulk_create(
        [
            Comment(post=post, name="Ada", text="Words", html="<p>Words</p>", **fields)
            for _ in range(count)
        ]
    )
