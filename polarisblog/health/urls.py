from django.urls import path

from polarisblog.health import views

urlpatterns = [
    path("readyz", views.readyz, name="readyz"),
    path("metrics", views.numbers, name="metrics"),
]
