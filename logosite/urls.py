"""Addresses of the project: all of them are the application's."""

from django.urls import include, path

urlpatterns = [path("", include("clustering.urls"))]
