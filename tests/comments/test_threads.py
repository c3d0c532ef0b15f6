"""Rows become threads, whatever their shape."""

from hypothesis import given, settings
from hypothesis import strategies as st

from comments.models import Comment
from comments.threads import Response, arrange

shapes = st.lists(st.integers(min_value=0, max_value=40), max_size=40)


def comments(parents: list[int]) -> list[Comment]:
    """Comment 1, 2, 3 …; each answers the one of that number where it is older, else nobody."""
    return [
        Comment(pk=number, parent_id=parent if 0 < parent < number else None, text="x")
        for number, parent in enumerate(parents, start=1)
    ]


def markup(responses: list[Response]) -> str:
    """What a template's flat loop writes."""
    written = ""
    for response in responses:
        written += f"<li>{response.comment.pk}"
        written += "<ol>" if response.nesting.opens else "</li>"
        written += "</ol></li>" * len(response.nesting.closes)
    return written


def test_replies_follow_what_they_answer() -> None:
    arranged = arrange(comments([0, 0, 1, 3, 2, 1]), max_depth=5)

    assert [(r.comment.pk, r.nesting.depth) for r in arranged] == [
        (1, 1),
        (3, 2),
        (4, 3),
        (6, 2),
        (2, 1),
        (5, 2),
    ]


def test_a_very_deep_thread_stays_at_the_last_level() -> None:
    arranged = arrange(comments(list(range(5000))), max_depth=5)

    assert len(arranged) == 5000
    assert max(response.nesting.depth for response in arranged) == 5


def test_what_answers_something_unseen_is_kept_at_the_first_level() -> None:
    orphan = Comment(pk=7, parent_id=3, text="x")

    assert [(r.comment.pk, r.nesting.depth) for r in arrange([orphan], max_depth=5)] == [(7, 1)]


@settings(deadline=None)
@given(parents=shapes, max_depth=st.integers(min_value=1, max_value=6))
def test_every_comment_is_there_once_and_lists_are_well_nested(
    parents: list[int], max_depth: int
) -> None:
    rows = comments(parents)

    arranged = arrange(rows, max_depth)

    assert sorted(r.comment.pk for r in arranged) == [row.pk for row in rows]
    assert all(1 <= r.nesting.depth <= max_depth for r in arranged)
    written = markup(arranged)
    assert written.count("<ol>") == written.count("</ol>")
    assert written.count("<li>") == written.count("</li>")
