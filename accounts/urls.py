"""Our addresses. They come before allauth's, and take the place of some of those."""

from allauth.account import views as allauth_views
from django.contrib.auth.decorators import user_passes_test
from django.urls import path, re_path
from django.views.generic import RedirectView

from accounts import facebook, own_page, own_sessions, pictures, views

staff_only = user_passes_test(lambda user: user.is_staff, login_url="sign_in_choices")

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="me")),
    path("sign-in/", views.choices, name="sign_in_choices"),
    path("sign-in/new/", views.new_account, name="sign_in_new"),
    path("sign-in/<slug:name>/", views.sign_in, name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("prove/", views.prove, name="prove"),
    path("prove/done/", views.proved, name="proved"),
    path("prove/<slug:name>/", views.prove_through, name="prove_through"),
    path("me/", own_page.me, name="me"),
    path("me/logged-in/", own_sessions.listed, name="sessions"),
    path("me/logged-in/end/", own_sessions.end, name="end_sessions"),
    path("me/name/", own_page.rename, name="rename"),
    path("me/picture/", own_page.picture, name="choose_picture"),
    path("me/connect/<slug:name>/", own_page.connect, name="connect"),
    path("me/accounts/<int:number>/remove/", own_page.remove_account, name="remove_account"),
    path("me/download/", own_page.download, name="download"),
    path("me/delete/", own_page.leave, name="leave"),
    path("left/", own_page.left, name="left"),
    path("pictures/<int:colour>-<str:letter>.svg", pictures.drawn, name="drawn_picture"),
    path("pictures/<str:key>.webp", pictures.picture, name="picture"),
    path("2fa/totp/code.svg", pictures.authenticator_code, name="authenticator_code"),
    path("facebook/delete/", facebook.delete, name="facebook_delete"),
    path("facebook/deauthorize/", facebook.deauthorize, name="facebook_deauthorize"),
    path("facebook/deletions/<str:code>/", facebook.status, name="facebook_deletion"),
    # Instead of allauth's own.
    path("3rdparty/", RedirectView.as_view(pattern_name="me"), name="socialaccount_connections"),
    path("3rdparty/signup/", views.closed),
    path("signup/", RedirectView.as_view(pattern_name="sign_in_choices"), name="account_signup"),
    path("password/set/", staff_only(allauth_views.password_set), name="account_set_password"),
    path(
        "password/change/",
        staff_only(allauth_views.password_change),
        name="account_change_password",
    ),
    re_path(r"^(?:google|facebook)/login/token/$", views.closed),
    re_path(r"^(?:oidc/)?(?P<allauth_id>[\w-]+)/login/$", views.allauths_own_start),
]
