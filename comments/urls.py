from django.urls import path
from django.views.decorators.http import require_safe

from comments import feeds
from comments.views import by_mail, care, mail, notes, own, reading, writing

app_name = "comments"

POST = "<yyyy:year>/<mm:month>/<mm:day>/<words:slug>/"

urlpatterns = [
    path("comments/feed/", require_safe(feeds.CommentsRss()), name="feed"),
    path("comments/feed/atom/", require_safe(feeds.CommentsAtom()), name="feed_atom"),
    path("comments/started/", writing.started, name="started"),
    path("comments/<int:pk>/", reading.comment, name="comment"),
    path("comments/<int:pk>/edit/", own.edit, name="edit"),
    path("comments/<int:pk>/delete/", own.delete, name="delete"),
    path("comments/<int:pk>/like/", care.like, name="like"),
    path("comments/<int:pk>/report/", care.report, name="report"),
    path("comments/note/", notes.note, name="note"),
    path("moderate/<str:token>/<slug:choice>/", by_mail.decide_by_mail, name="decide_by_mail"),
    path("subscriptions/<str:token>/", mail.subscription, name="subscription"),
    path("subscriptions/<str:token>/unsubscribe/", mail.unsubscribe, name="unsubscribe"),
    path(f"{POST}respond/", writing.respond, name="respond"),
    path(f"{POST}respond/preview/", writing.preview, name="preview"),
    path(f"{POST}comment-page-<int:page>/", reading.comment_page, name="page"),
    path(f"{POST}follow/", mail.follow, name="follow"),
    path(f"{POST}feed/", require_safe(feeds.PostRss()), name="post_feed"),
    path(f"{POST}feed/atom/", require_safe(feeds.PostAtom()), name="post_feed_atom"),
]
