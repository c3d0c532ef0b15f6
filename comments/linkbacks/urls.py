from django.urls import path

from comments.linkbacks import views

app_name = "linkbacks"

urlpatterns = [
    path("xmlrpc.php", views.xmlrpc, name="xmlrpc"),
    path("xmlrpc/", views.xmlrpc),
    path("webmention/", views.webmention, name="webmention"),
    path("webmention/<uuid:key>/", views.status, name="status"),
    path(
        "<yyyy:year>/<mm:month>/<mm:day>/<words:slug>/trackback/",
        views.trackback,
        name="trackback",
    ),
]
