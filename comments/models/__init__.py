"""What others say about a post, who follows it, and what moderators decided about it."""

from comments.models.ban import Ban
from comments.models.care import Like, Report
from comments.models.comment import MAX_TEXT_LENGTH, Comment
from comments.models.comment_queryset import MAX_ID, CommentQuerySet
from comments.models.conversation import Conversation
from comments.models.decision import AppendOnly, Decision, Revision, Sealed
from comments.models.desk import CannedReason, Claim, DeskPreferences, MailKey
from comments.models.discussion_settings import DiscussionSettings
from comments.models.learning import Word
from comments.models.notice import Notice, Subscription
from comments.models.people import Reader, Standing
from comments.models.private_note import PrivateNote

__all__ = [
    "MAX_ID",
    "MAX_TEXT_LENGTH",
    "AppendOnly",
    "Ban",
    "CannedReason",
    "Claim",
    "Comment",
    "CommentQuerySet",
    "Conversation",
    "Decision",
    "DeskPreferences",
    "DiscussionSettings",
    "Like",
    "MailKey",
    "Notice",
    "PrivateNote",
    "Reader",
    "Report",
    "Revision",
    "Sealed",
    "Standing",
    "Subscription",
    "Word",
]
