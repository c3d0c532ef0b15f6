"""Who may write what, and who publishes it."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from accounts.models import User
from posts.models import Image, Post, Site
from posts.roles import ensure_roles
from tests.factories import PostFactory, UserFactory
from tests.posts.writing import PAGES, POSTS, change, changed, form, member, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor() -> Client:
    return signed_in(member("Editor", name="Edith"))


@pytest.fixture
def author() -> User:
    return member("Author", name="Ada")


def test_an_author_hands_in_and_an_editor_publishes(author: User, editor: Client) -> None:
    desk = signed_in(author)
    assert "Hand in for review" in desk.get(f"{POSTS}add/").content.decode()
    desk.post(f"{POSTS}add/", form(_publish="1"))
    post = Post.objects.get()
    assert (post.status, post.author) == ("review", author)
    assert desk.post(change(post), changed(post, status="published")).status_code == 422
    editor.post(change(post), changed(post, author=author.pk, _publish="1"))
    assert Post.objects.get().is_published
    assert "ask an editor" in desk.get(change(post)).content.decode()
    assert desk.post(change(post), changed(post, title="Mine again")).status_code == 403


def test_authors_publish_themselves_where_no_review_is_asked(author: User) -> None:
    Site.objects.create(authors_need_review=False)
    desk = signed_in(author)
    desk.post(f"{POSTS}add/", form(_publish="1"))
    assert Post.objects.get().is_published


def test_an_author_reaches_nothing_of_others(author: User) -> None:
    desk = signed_in(author)
    theirs = PostFactory(status="draft", title="Somebody else’s")
    url = f"{POSTS}{theirs.pk}"

    assert "Somebody else’s" not in desk.get(POSTS).content.decode()
    for path in ("change", "delete"):
        assert desk.get(f"{url}/{path}/")["Location"] == "/admin/"
    for path in ("autosave", "preview", "versions", "discard"):
        assert desk.get(f"{url}/{path}/").status_code == 404
        assert desk.post(f"{url}/{path}/").status_code == 404
    assert desk.get(theirs.get_absolute_url()).status_code == 404
    for path in (PAGES, "/admin/posts/category/", "/admin/posts/site/", "/admin/accounts/user/"):
        assert desk.get(path).status_code == 403


def test_an_author_gives_no_post_to_others_and_takes_none(author: User) -> None:
    other = UserFactory(is_staff=True)
    signed_in(author).post(
        f"{POSTS}add/", form(author=other.pk, co_authors=[other.pk], is_sticky="on")
    )
    post = Post.objects.get()
    assert (post.author, post.is_sticky) == (author, False)
    assert not post.co_authors.exists()


def test_co_authors_write_together(author: User) -> None:
    post = PostFactory(status="draft")
    post.co_authors.add(author)
    desk = signed_in(author)
    assert desk.post(change(post), changed(post, title="Ours")).status_code == 302
    assert Post.objects.get().title == "Ours"


def test_staff_without_a_role_write_nothing() -> None:
    desk = signed_in(UserFactory(is_staff=True))
    for path in ("", "add/", "preview/"):
        assert desk.get(f"{POSTS}{path}").status_code == 403
    assert desk.post(f"{POSTS}autosave/", form()).status_code == 403
    assert desk.post(f"{POSTS}markdown/", {"text": "x"}).status_code == 403


def test_an_author_changes_only_pictures_of_their_own(author: User) -> None:
    theirs = Image.objects.create(file="images/x.jpg", name="x", alt="x", width=1, height=1)
    desk = signed_in(author)
    url = f"/admin/posts/image/{theirs.pk}"
    answer = desk.post(f"{url}/change/", {"alt": "y", "name": "y", "focal_x": 1, "focal_y": 1})
    assert answer.status_code == 403
    assert desk.post(f"{url}/delete/", {"post": "yes"}).status_code == 403


def test_what_an_owner_takes_from_a_role_stays_taken() -> None:
    group = Group.objects.get(name="Author")
    group.permissions.remove(group.permissions.get(codename="delete_post"))
    ensure_roles()
    assert not group.permissions.filter(codename="delete_post").exists()
    assert group.permissions.filter(codename="add_post").exists()
