"""URL configuration of the project."""

from django.urls import include, path

urlpatterns = [path("", include("clustering.urls"))]
handler500 = "clustering.views.errors.server_error"
