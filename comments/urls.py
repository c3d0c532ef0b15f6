from django.urls import include, path
from django.views.decorators.http import require_safe

from comments import feeds
from comments.views import by_mail, care, mail, notes, own, reading, writing
from posts.addresses import POST

app_name = "comments"

# What begins alike stands together: Django tries one address after the other.
BELOW_A_POST = [
    path("respond/", writing.respond, name="respond"),
    path("respond/preview/", writing.preview, name="preview"),
    path("comment-page-<int:page>/", reading.comment_page, name="page"),
    path("follow/", mail.follow, name="follow"),
    path("feed/", require_safe(feeds.PostRss()), name="post_feed"),
    path("feed/atom/", require_safe(feeds.PostAtom()), name="post_feed_atom"),
]
COMMENTS = [
    path("feed/", require_safe(feeds.CommentsRss()), name="feed"),
    path("feed/atom/", require_safe(feeds.CommentsAtom()), name="feed_atom"),
    path("started/", writing.started, name="started"),
    path("<int:pk>/", reading.comment, name="comment"),
    path("<int:pk>/edit/", own.edit, name="edit"),
    path("<int:pk>/delete/", own.delete, name="delete"),
    path("<int:pk>/like/", care.like, name="like"),
    path("<int:pk>/report/", care.report, name="report"),
    path("note/", notes.note, name="note"),
]

urlpatterns = [
    path(POST, include(BELOW_A_POST)),
    path("comments/", include(COMMENTS)),
    path("moderate/<str:token>/<slug:choice>/", by_mail.decide_by_mail, name="decide_by_mail"),
    path("subscriptions/<str:token>/", mail.subscription, name="subscription"),
    path("subscriptions/<str:token>/unsubscribe/", mail.unsubscribe, name="unsubscribe"),
]
