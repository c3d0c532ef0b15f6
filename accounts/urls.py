from django.urls import path

from accounts import views

urlpatterns = [
    path("sign-in/", views.choices, name="sign_in_choices"),
    path("sign-in/<slug:name>/", views.sign_in, name="sign_in"),
]
