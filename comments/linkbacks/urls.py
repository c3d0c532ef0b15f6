from django.urls import path

from comments.linkbacks import views
from posts.addresses import POST

app_name = "linkbacks"

urlpatterns = [
    path("xmlrpc.php", views.xmlrpc, name="xmlrpc"),
    path("xmlrpc/", views.xmlrpc),
    path("webmention/", views.webmention, name="webmention"),
    path("webmention/<uuid:key>/", views.status, name="status"),
    path(f"{POST}trackback/", views.trackback, name="trackback"),
]
