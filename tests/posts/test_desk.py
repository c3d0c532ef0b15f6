"""Writing in the admin, through its forms: what is kept, and two at once."""

import datetime
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from comments.models import Report
from posts.models import Autosave, Page, Post, Tag
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    CommentFactory,
    PostFactory,
    UserFactory,
)
from tests.posts.writing import PAGES, POSTS, change, changed, form, member, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor() -> Client:
    return signed_in(member("Editor", name="Edith"))


def test_an_editor_writes_and_publishes(editor: Client) -> None:
    outer = CategoryFactory(name="Work")
    inner = CategoryFactory(name="Outreach", parent=outer)
    assert "— Outreach" in editor.get(f"{POSTS}add/").content.decode()
    answer = editor.post(
        f"{POSTS}add/",
        form(
            body="<p>Hello <script>alert(1)</script><em>you</em></p>",
            categories=[inner.pk],
            tag_names="hotline, Night shift, ,hotline",
            content_note="Speaks of violence",
            _publish="1",
        ),
    )

    post = Post.objects.get()
    assert answer["Location"] == change(post)
    assert (post.status, post.slug, post.version) == ("published", "a-title", 1)
    assert abs(post.published_at - timezone.now()) < datetime.timedelta(minutes=1)
    assert {tag.name for tag in post.tags.all()} == {"hotline", "Night shift"}
    page = Client().get(post.get_absolute_url()).content.decode()
    assert "<em>you</em>" in page
    assert "<script>alert" not in page
    assert "Speaks of violence" in page
    assert "Edith" in page


def test_a_draft_takes_its_date_from_when_it_is_published(editor: Client) -> None:
    editor.post(f"{POSTS}add/", form())
    Post.objects.update(published_at=timezone.now() - datetime.timedelta(days=9))
    post = Post.objects.get()
    editor.post(change(post), changed(post, _publish="1"))

    assert timezone.now() - Post.objects.get().published_at < datetime.timedelta(minutes=1)


def test_a_typed_date_stays_and_one_ahead_schedules(editor: Client) -> None:
    editor.post(f"{POSTS}add/", form(published_at_0="2011-01-11", published_at_1="09:30"))
    post = Post.objects.get()
    editor.post(
        change(post),
        changed(post, published_at_0="2011-01-11", published_at_1="09:30", _publish="1"),
    )
    assert Post.objects.get().get_absolute_url() == "/2011/01/11/a-title/"
    year = timezone.now().year + 1
    editor.post(
        f"{POSTS}add/",
        form(title="Later", published_at_0=f"{year}-01-11", published_at_1="09:30", _publish="1"),
    )
    assert Post.objects.get(title="Later").status == "scheduled"


def test_saving_a_published_post_keeps_its_date(editor: Client) -> None:
    post = PostFactory()
    was = post.published_at
    editor.post(change(post), changed(post, title="Another"))
    assert (Post.objects.get().title, Post.objects.get().published_at) == ("Another", was)


def test_the_same_title_twice_on_a_day_gets_another_address(editor: Client) -> None:
    for _ in range(2):
        editor.post(f"{POSTS}add/", form(_publish="1"))
    assert sorted(Post.objects.values_list("slug", flat=True)) == ["a-title", "a-title-2"]


def test_a_slug_that_is_taken_is_told_and_nothing_typed_is_lost(editor: Client) -> None:
    post = PostFactory()
    other = PostFactory(published_at=post.published_at)
    day = timezone.localtime(post.published_at)
    answer = editor.post(
        change(other),
        changed(
            other,
            slug=post.slug,
            body="<p>Long work.</p>",
            published_at_0=f"{day:%Y-%m-%d}",
            published_at_1=f"{day:%H:%M:%S}",
        ),
    )
    assert answer.status_code == 422
    assert "Another post of that day has this slug." in answer.content.decode()
    assert "Long work." in answer.content.decode()


@pytest.mark.parametrize(
    "slug",
    [
        *("es", "ES", "en", "admin", "accounts", "media", "static", "feed", "page", "preview"),
        *("category", "comments", "exit", "xmlrpc", "2011", "2999"),
    ],
)
def test_a_page_takes_no_address_of_the_blog_itself(editor: Client, slug: str) -> None:
    answer = editor.post(f"{PAGES}add/", form(slug=slug, title="Kept", _publish="1"))

    assert answer.status_code == 422
    assert "The blog itself uses this address. Choose another." in answer.content.decode()
    assert 'value="Kept"' in answer.content.decode()
    assert not Post.objects.exists()


@pytest.mark.parametrize("slug", ["es", "feed", "2011"])
def test_a_post_may_be_called_anything(editor: Client, slug: str) -> None:
    editor.post(f"{POSTS}add/", form(slug=slug, _publish="1"))

    assert Client().get(Post.objects.get().get_absolute_url()).status_code == 200


@pytest.mark.parametrize("slug", ["estonia", "about-feed", "admin2", "قصتنا"])
def test_what_only_resembles_one_is_free(editor: Client, slug: str) -> None:
    editor.post(f"{PAGES}add/", form(slug=slug, title="Kept", _publish="1"))

    assert b"Kept" in Client().get(f"/{slug}/").content


def test_pages_are_written_apart_from_posts(editor: Client) -> None:
    editor.post(f"{PAGES}add/", form(title="About us", _publish="1"))
    page = Page.objects.get()

    assert page.get_absolute_url() == "/about-us/"
    assert b"About us" in editor.get(PAGES).content
    assert b"About us" not in editor.get(POSTS).content
    assert editor.get(f"{POSTS}{page.pk}/change/").status_code == 302


def test_a_password_is_set_kept_and_taken_away(editor: Client) -> None:
    post = PostFactory()
    editor.post(change(post), changed(post, new_password="star light"))
    assert Post.objects.get().opens_with("star light")
    editor.post(change(post), changed(post))
    assert Post.objects.get().opens_with("star light")
    editor.post(change(post), changed(post, is_open="on"))
    assert not Post.objects.get().is_protected


def test_preview_links_are_made_and_ended_with_a_button(editor: Client) -> None:
    post = PostFactory(status="draft")
    editor.post(change(post), changed(post, _share="1"))
    url = Post.objects.get().get_preview_url()
    assert url in editor.get(change(post)).content.decode()
    assert Client().get(url).status_code == 200
    editor.post(change(post), changed(post, _revoke="1"))
    assert Client().get(url).status_code == 404


def test_markup_the_editor_would_lose_is_shown_as_source(editor: Client) -> None:
    plain = PostFactory(body="<p>Simple.</p>")
    rich = PostFactory(body="<dl><dt>Term</dt><dd>What it means</dd></dl>")
    markdown = PostFactory(body="# Words", markup="markdown")

    assert b"data-django-prose-editor" in editor.get(change(plain)).content
    for post in (rich, markdown):
        page = editor.get(change(post)).content.decode()
        assert "data-django-prose-editor" not in page
    assert "would lose" in editor.get(change(rich)).content.decode()


def test_a_markdown_post_becomes_rich_text_when_asked(editor: Client) -> None:
    post = PostFactory(body="Some **strong** words", markup="markdown")
    editor.post(change(post), changed(post, markup="html"))
    assert Post.objects.get().body == "<p>Some <strong>strong</strong> words</p>\n"


# --- Two at once -------------------------------------------------------------------------


def test_the_second_of_two_authors_is_told_and_both_texts_are_shown(editor: Client) -> None:
    post = PostFactory(body="<p>We met three people.</p>")
    mine = changed(post, body="<p>We met nobody.</p>")
    other = signed_in(AdministratorFactory(name="Grace"))
    other.post(change(post), changed(post, body="<p>We met four people.</p>"))

    answer = editor.post(change(post), mine)

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Grace saved this at" in page
    assert "<del>four people.</del> <ins>nobody.</ins>" in page
    assert "We met nobody." in page
    assert Post.objects.get().body == "<p>We met four people.</p>"


def test_overwriting_is_a_decision_and_keeps_the_other_text(editor: Client) -> None:
    post = PostFactory(body="<p>One.</p>")
    mine = changed(post, body="<p>Mine.</p>")
    editor.post(change(post), changed(post, body="<p>Theirs.</p>"))
    version = Post.objects.get().version
    editor.post(change(post), {**mine, "_overwrite": version})

    assert Post.objects.get().body == "<p>Mine.</p>"
    assert "<p>Theirs.</p>" in post.revisions.values_list("body", flat=True)
    assert editor.post(change(post), {**mine, "_overwrite": version}).status_code == 409


@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_at_the_same_moment_one_is_told() -> None:
    post = PostFactory(body="<p>Before.</p>")
    desks = [signed_in(AdministratorFactory()) for _ in range(4)]
    forms = [changed(post, body=f"<p>Text {n}.</p>") for n in range(4)]

    def save(n: int) -> int:
        try:
            return desks[n].post(change(post), forms[n]).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(save, range(4))) == [302, 409, 409, 409]
    assert Post.objects.get().version == 1


@pytest.mark.parametrize("seen", ["", "x", "-1", "99999999999999999999"])
def test_a_form_without_a_sound_version_overwrites_nothing(editor: Client, seen: str) -> None:
    post = PostFactory(body="<p>One.</p>")
    answer = editor.post(change(post), changed(post, body="<p>Two.</p>", seen_version=seen))
    assert answer.status_code == 409
    assert Post.objects.get().body == "<p>One.</p>"


# --- Kept while typing --------------------------------------------------------------------


def test_what_is_typed_is_kept_shown_and_brought_back(editor: Client) -> None:
    post = PostFactory(body="<p>Saved.</p>")
    url = f"{POSTS}{post.pk}/"
    kept = editor.post(f"{url}autosave/", changed(post, body="<p>Typed but <b>not</b> saved.</p>"))

    assert kept.json()["words"] == 4
    assert Post.objects.get().body == "<p>Saved.</p>"
    preview = editor.get(f"{url}preview/")
    assert "Typed but" in preview.content.decode()
    assert "frame-ancestors 'self'" in preview["Content-Security-Policy"]
    assert preview["X-Frame-Options"] == "SAMEORIGIN"
    assert "never saved" in editor.get(f"{url}change/").content.decode()
    assert "Typed but" in editor.get(f"{url}change/?restore=1").content.decode()
    editor.post(f"{url}change/", changed(post, body="<p>Typed but not saved.</p>"))
    assert not Autosave.objects.exists()


def test_a_new_post_is_kept_too_and_can_be_thrown_away(editor: Client) -> None:
    for words in ("One", "One two"):
        editor.post(f"{POSTS}autosave/", form(title=words))
    assert Autosave.objects.get().typed["title"] == "One two"
    assert "One two" in editor.get(f"{POSTS}add/?restore=1").content.decode()
    assert "One two" in editor.get(f"{POSTS}preview/").content.decode()
    assert not Post.objects.exists()
    assert editor.post(f"{POSTS}discard/").status_code == 303
    assert not Autosave.objects.exists()


def test_bringing_back_an_old_text_still_notices_what_was_saved_since(editor: Client) -> None:
    post = PostFactory()
    editor.post(f"{POSTS}{post.pk}/autosave/", changed(post, body="<p>Old work.</p>"))
    signed_in(AdministratorFactory()).post(change(post), changed(post, body="<p>Newer.</p>"))
    page = editor.get(f"{change(post)}?restore=1").content.decode()
    assert 'name="seen_version" value="0"' in page


def test_what_one_author_types_is_nobody_elses(editor: Client) -> None:
    post = PostFactory()
    editor.post(f"{POSTS}{post.pk}/autosave/", changed(post, body="<p>Half a thought</p>"))
    other = signed_in(AdministratorFactory())
    for path in ("change/", "change/?restore=1", "preview/"):
        assert "Half a thought" not in other.get(f"{POSTS}{post.pk}/{path}").content.decode()


def test_autosave_takes_posts_only_and_markdown_is_made_safe(editor: Client) -> None:
    post = PostFactory()
    assert editor.get(f"{POSTS}{post.pk}/autosave/").status_code == 405
    made = editor.post(f"{POSTS}markdown/", {"text": "# A\n\n**b** <script>x</script>"}).json()
    assert made["html"].startswith("<h2>A</h2>\n<p><strong>b</strong>")
    assert "<script" not in made["html"]


def test_only_the_editors_page_gives_up_any_of_the_policy(editor: Client) -> None:
    post = PostFactory()
    policy = editor.get(change(post))["Content-Security-Policy"]
    again = editor.get(change(post))["Content-Security-Policy"]
    assert "'nonce-" in policy
    assert policy != again, "a nonce is used once"
    for unsafe in ("unsafe-inline", "unsafe-eval", "data:"):
        assert unsafe not in policy
    for path in (POSTS, post.get_absolute_url(), "/admin/", f"{POSTS}{post.pk}/versions/"):
        other = editor.get(path)["Content-Security-Policy"]
        assert "nonce" not in other
        assert "sha256" not in other


def test_the_list_of_posts_costs_the_same_however_many(
    editor: Client, django_assert_max_num_queries: Any
) -> None:
    for _ in range(30):
        PostFactory(author=UserFactory()).co_authors.add(UserFactory())
    Tag.objects.create(name="x", slug="x")
    with django_assert_max_num_queries(14):
        editor.get(POSTS)


def test_with_a_post_goes_all_that_stands_below_it(editor: Client) -> None:
    """Reports and linkbacks are deleted by nobody alone, and keep no post from going."""
    comment = CommentFactory(post=PostFactory())
    Report.objects.create(comment=comment, reason=Report.Reason.values[0])
    url = f"{POSTS}{comment.post_id}/delete/"

    assert "Are you sure" in editor.get(url).content.decode()
    assert editor.post(url, {"post": "yes"}).status_code == 302
    assert not Post.objects.exists()
    assert not Report.objects.exists()


@pytest.mark.parametrize(
    "settings", ["posts/site", "comments/discussionsettings", "linkbacks/linkbacksettings"]
)
def test_settings_are_a_form_and_no_list(settings: str) -> None:
    desk = signed_in(AdministratorFactory())
    path = f"/admin/{settings}/"
    form_path = desk.get(path)["Location"]
    shown = desk.get(form_path).context["adminform"].form

    values = {name: shown[name].value() for name in shown.fields}
    desk.post(form_path, {name: value for name, value in values.items() if value or value == 0})

    changing = desk.get(path)["Location"]
    assert changing.endswith("/change/")
    assert "_addanother" not in desk.get(changing).content.decode()
    assert desk.get(f"{path}add/").status_code == 403


def test_deleting_a_post_tells_what_goes_with_it_in_words(editor: Client) -> None:
    post = PostFactory(title="Gone soon")
    post.categories.add(CategoryFactory())
    CommentFactory(post=post)

    page = editor.get(f"{POSTS}{post.pk}/delete/").content.decode()

    assert "<li>Posts: 1</li>" in page
    assert "<li>Comments: 1</li>" in page
    assert "Gone soon" in page
    assert "relationship" not in page
    editor.post(f"{POSTS}{post.pk}/delete/", {"post": "yes"})
    assert not Post.objects.exists()
