"""Addresses of the project: all of them are the application's."""

from django.urls import include, path

urlpatterns = [path("", include("clustering.urls"))]
handler500 = "clustering.views.errors.server_error"
