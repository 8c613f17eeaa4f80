"""Addresses of the application."""

from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, path, re_path

from clustering.views import accounts, health, home, media, overview, runs, uploads

urlpatterns: list[URLPattern] = [
    path("", home.home, name="home"),
    path("login/", accounts.SignIn.as_view(), name="login"),
    path("login/<str:token>/", accounts.login_link, name="login-link"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("account/", accounts.account, name="account"),
    path("health/", health.health, name="health"),
    path("upload/", uploads.upload, name="upload"),
    path("sample/", uploads.sample, name="sample"),
    path("d/<slug:slug>/", overview.overview, name="overview"),
    path("d/<slug:slug>/intake/", uploads.preview, name="intake"),
    path("d/<slug:slug>/intake/column/", uploads.choose_column, name="intake_column"),
    path("d/<slug:slug>/intake/confirm/", uploads.confirm, name="intake_confirm"),
    path("d/<slug:slug>/rejected.csv", uploads.rejected_csv, name="rejected_csv"),
    path("d/<slug:slug>/progress/", overview.progress, name="progress"),
    path("d/<slug:slug>/cancel/", overview.cancel, name="cancel"),
    path("d/<slug:slug>/resume/", overview.resume, name="resume"),
    path("d/<slug:slug>/retry/", overview.retry, name="retry"),
    path("d/<slug:slug>/delete/", overview.delete, name="delete"),
    path("d/<slug:slug>/runs/", runs.runs, name="runs"),
    path("d/<slug:slug>/runs/new/", runs.run_new, name="run_new"),
    path("d/<slug:slug>/runs/<slug:run_slug>/cancel/", runs.run_cancel, name="run_cancel"),
    re_path(r"^logos/(?P<sha256>[0-9a-f]{64})\.png$", media.logo_image, name="logo_image"),
    re_path(
        r"^logos/(?P<sha256>[0-9a-f]{64})-(?P<side>96|192)\.webp$",
        media.logo_thumbnail,
        name="logo_thumbnail",
    ),
]
