"""Pages take whatever one-word address nothing else has: include these last of all."""

from django.urls import path

from posts import showing

app_name = "pages"

urlpatterns = [
    path("<words:slug>/", showing.page, name="page"),
    path("<words:slug>/<path:rest>/", showing.page_part, name="part"),
]
