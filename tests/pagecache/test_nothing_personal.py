"""Of no kind of page does what is kept say anything to or of one person."""

from tests.factories import AdministratorFactory, CommentFactory, PostFactory, UserFactory
from tests.pagecache.door import Answer, Door
from tests.pagecache.test_serving import cookie_of
from tests.polarisblog.test_methods import BY_EXPRESSION, addresses

SECRET = "Rosa Seldom-Heard"


def is_shared(answer: Answer) -> bool:
    return "public" in answer.headers.get("cache-control", "")


def kinds() -> list[str]:
    post = PostFactory(title="A letter", slug="word", author=UserFactory(name="Ada"))
    CommentFactory(post=post, text="Words that all may read")
    own = post.get_absolute_url()
    of_post = ("", "feed/", "feed/atom/", "respond/", "comment-page-1/", "card.png")
    return [*addresses(), *BY_EXPRESSION, *(f"{own}{part}" for part in of_post), f"/es{own}"]


def test_what_somebody_signed_in_was_shown_is_shown_to_nobody_else(door: Door) -> None:
    reader, staff = UserFactory(name=SECRET), AdministratorFactory(name=SECRET)
    shared = 0
    for path in kinds():
        if path.startswith(("/exit", "/accounts/logout", "/accounts/sign-out")):
            continue
        asked = [
            door.ask(path, cookie=cookie_of(reader)),
            door.ask(path, cookie=cookie_of(staff)),
            door.ask(path, cookie="guest=abc"),
            door.ask(path, authorization="Bearer abc"),
        ]
        strangers = [door.ask(path) for _ in range(2)]
        for answer in [*asked, *strangers]:
            assert not (is_shared(answer) and "set-cookie" in answer.headers), path
            assert not (is_shared(answer) and SECRET in answer.text), path
            assert not (is_shared(answer) and "csrfmiddlewaretoken" in answer.text), path
        for answer in strangers:
            assert SECRET not in answer.text, path
            if answer.headers.get("content-type", "").startswith("text/html"):
                assert "Cookie" in answer.headers.get("vary", ""), path
            shared += is_shared(answer)
        for answer in asked[:2]:
            # What is the same for everybody may be kept whoever asks: pictures, drawn letters.
            assert not is_shared(answer) or answer.body == strangers[0].body, path
    assert shared > 40
