"""Every address of the site."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path
from django.utils.translation import gettext_lazy as _
from django.views.generic import RedirectView

from polarisblog import views

admin.site.site_header = admin.site.site_title = "Polaris Blog"
admin.site.index_title = _("The desk")
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign] # allauth's way

handler400 = "polarisblog.views.bad_request"
handler403 = "polarisblog.views.forbidden"
handler404 = "polarisblog.views.not_found"
handler500 = "polarisblog.views.failed"

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("", include("polarisblog.health.urls")),
    path("exit/", views.exit_site, name="exit"),
    # One page for it, with its limits and what follows.
    path("admin/password_change/", RedirectView.as_view(pattern_name="account_change_password")),
    path(
        "admin/r/<int:content_type_id>/<str:object_id>/",
        admin.site.admin_view(views.on_site),
    ),
    path("admin/", admin.site.urls),
    path("accounts/", include("accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("", include("comments.urls")),
    path("", include("posts.urls")),
    path("", include("comments.linkbacks.urls")),
    # Last of all: a page may take any one-word address that is left.
    path("", include("posts.page_urls")),
]
