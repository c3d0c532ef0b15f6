"""What others say about a post, who follows it, and what moderators decided about it."""

from comments.models.ban import Ban
from comments.models.care import Like, Report
from comments.models.comment import MAX_ID, MAX_TEXT_LENGTH, Comment, CommentQuerySet
from comments.models.conversation import Conversation
from comments.models.decision import Decision, Revision
from comments.models.discussion_settings import DiscussionSettings
from comments.models.learning import Word
from comments.models.notice import Notice, Subscription

__all__ = [
    "MAX_ID",
    "MAX_TEXT_LENGTH",
    "Ban",
    "Comment",
    "CommentQuerySet",
    "Conversation",
    "Decision",
    "DiscussionSettings",
    "Like",
    "Notice",
    "Report",
    "Revision",
    "Subscription",
    "Word",
]
