from django.urls import path

from comments import views

app_name = "comments"

urlpatterns = [
    path("<yyyy:year>/<mm:month>/<mm:day>/<words:slug>/respond/", views.respond, name="respond"),
]
