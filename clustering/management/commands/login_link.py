"""Print a one-time sign-in link."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from clustering import conf
from clustering.models import User
from clustering.services import accounts
from logosite.running import running_site_url


def login_url(site_url: str, user: User) -> str:
    """Return the address of a new link for ``user``."""
    return f"{site_url.rstrip('/')}/login/{accounts.create_login_link(user)}/"


class Command(BaseCommand):
    help = "Print a link that signs a person in once, within an hour."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", nargs="?", help="default: the first administrator")

    def handle(self, *_args: str, **options: str | None) -> None:
        username = options["username"]
        user = self._find(username) if username else accounts.first_administrator()
        site_url = running_site_url(conf.var_dir()) or conf.site_url()
        self.stdout.write(login_url(site_url, user))

    def _find(self, username: str) -> User:
        user = User.objects.filter(username=username, is_active=True).first()
        if user is None:
            raise CommandError(f"no active user is called {username!r}")
        return user
