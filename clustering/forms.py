"""Forms: validation of input before a service gets it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from django import forms
from django.contrib.auth.forms import BaseUserCreationForm
from django.core.files import File

from clustering import conf
from clustering.models import ApiToken, Dataset, Membership, User
from clustering.pipeline import curation_file
from clustering.pipeline.curation_file import CurationFile
from clustering.pipeline.embedders import DEFAULT, Readiness, catalogue
from clustering.pipeline.errors import InputError
from clustering.pipeline.finders.image_files import MAX_IMAGE_BYTES
from clustering.pipeline.finders.services import LogoService
from clustering.pipeline.imaging.plugins import readable_formats
from clustering.templatetags.numbers import filesize

DEFAULT_EMBEDDER: Final = DEFAULT
MAX_LOGO_BYTES: Final = MAX_IMAGE_BYTES


def image_formats() -> str:
    """Return the formats of images that can be uploaded: "PNG, JPEG or GIF"."""
    *others, last = readable_formats()
    return f"{', '.join(others)} or {last}"


class UploadForm(forms.Form):
    """A file or a pasted list, one of the two."""

    file = forms.FileField(required=False, allow_empty_file=True)
    text = forms.CharField(required=False, strip=False)

    def __init__(
        self, *args: Any, max_bytes: int, is_cut_off: bool = False, **kwargs: Any
    ) -> None:
        """``is_cut_off`` says that reading the request was stopped at ``max_bytes``."""
        super().__init__(*args, **kwargs)
        self._max_bytes = max_bytes
        self._is_cut_off = is_cut_off

    def clean_file(self) -> "File[bytes] | None":
        file: File[bytes] | None = self.cleaned_data["file"]
        if self._is_cut_off:
            raise forms.ValidationError(
                f"This file is larger than {filesize(self._max_bytes)}, the limit. Split it, or"
                " have the operator raise UPLOAD_MAX_BYTES."
            )
        if file and not file.size:
            raise forms.ValidationError(f"{file.name} is empty. Choose a file with some rows.")
        return file

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not cleaned["file"] and not cleaned["text"].strip():
            raise forms.ValidationError("Choose a file, or paste a list of domains.")
        return cleaned


class LogoFileForm(forms.Form):
    """An image file for a logo; the decoder validates its content."""

    file = forms.FileField(
        allow_empty_file=True,
        error_messages={
            "required": "Choose an image file first.",
            "missing": "Choose an image file first.",
        },
    )

    def clean_file(self) -> "File[bytes]":
        file: File[bytes] = self.cleaned_data["file"]
        size = file.size or 0
        if not size:
            raise forms.ValidationError(f"The file {file.name} is empty. Choose another one.")
        if size > MAX_IMAGE_BYTES:
            raise forms.ValidationError(
                f"The file {file.name} has {filesize(size)};"
                f" a logo may have {filesize(MAX_IMAGE_BYTES)}."
                " Save it smaller: 512 px are kept."
            )
        return file


class DatasetSettingsForm(forms.Form):
    """Name of a data set, whether moved sites are followed, and the logo services to use."""

    name = forms.CharField(max_length=120)
    services = forms.MultipleChoiceField(required=False)
    follows_moves = forms.BooleanField(required=False)
    renders_pages = forms.BooleanField(required=False)
    reads_words = forms.BooleanField(required=False)

    def __init__(self, *args: Any, services: Sequence[LogoService], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ready = [(one.name, one.label) for one in services if one.is_ready]
        cast("forms.MultipleChoiceField", self.fields["services"]).choices = ready
        self.fields["name"].widget.attrs["class"] = "input"


class JoinForm(BaseUserCreationForm):  # type: ignore[type-arg] # not generic at run time
    """User name and password of a new account."""

    class Meta:
        model = User
        fields = ("username",)


class UserForm(forms.ModelForm):  # type: ignore[type-arg] # not generic at run time
    """User name of a new account without a password."""

    class Meta:
        model = User
        fields = ("username",)


class NameForm(forms.ModelForm):  # type: ignore[type-arg] # not generic at run time
    """Name and e-mail address of a user."""

    class Meta:
        model = User
        fields = ("first_name", "last_name", "email")


class MemberForm(forms.Form):
    """Role of a member or of an invitation."""

    role = forms.ChoiceField(choices=Membership.Role)
    note = forms.CharField(max_length=120, required=False)


class ShareForm(forms.Form):
    """Lifetime of a share link and its intended recipient."""

    days = forms.TypedChoiceField(
        choices=[(1, "1 day"), (7, "7 days"), (30, "30 days"), (90, "90 days")],
        coerce=int,
        widget=forms.Select({"class": "select", "aria-label": "Time"}),
    )
    note = forms.CharField(max_length=120, required=False)


class TokenForm(forms.Form):
    """Name and scope of an API token."""

    name = forms.CharField(max_length=80)
    scope = forms.ChoiceField(choices=ApiToken.Scope)


class ColumnForm(forms.Form):
    """Which column holds the domains."""

    column = forms.ChoiceField()

    def __init__(self, *args: Any, dataset: Dataset, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [column["name"] for column in dataset.preview.get("columns", [])]
        if dataset.preview.get("together", {}).get("name"):
            names.append(dataset.preview["together"]["name"])
        cast("forms.ChoiceField", self.fields["column"]).choices = [(name, name) for name in names]


@dataclass(frozen=True)
class EmbedderCard:
    """One embedder to choose."""

    name: str
    label: str
    summary: str
    cost: str
    readiness: Readiness
    is_chosen: bool


class EmbedderForm(forms.Form):
    """Which embedder turns logos into vectors."""

    embedder = forms.ChoiceField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(offer.name, offer.label) for offer in catalogue.offered()]
        cast("forms.ChoiceField", self.fields["embedder"]).choices = choices

    @property
    def chosen(self) -> EmbedderCard | None:
        """The embedder that is chosen; None if it is not on offer."""
        return next((card for card in self.cards() if card.is_chosen), None)

    @property
    def is_chosen_ready(self) -> bool:
        """Whether the chosen embedder can run now."""
        return self.chosen is not None and self.chosen.readiness.is_ready

    def cards(self) -> list[EmbedderCard]:
        """Return the embedders with what each costs and whether it is ready."""
        weights = conf.places().weights
        chosen = self["embedder"].value()
        return [
            EmbedderCard(
                offer.name,
                offer.label,
                offer.summary,
                offer.cost,
                catalogue.readiness(offer.name, weights),
                offer.name == chosen,
            )
            for offer in catalogue.offered()
        ]


class CurationForm(forms.Form):
    """A curation file, or the document of one that was looked at."""

    file = forms.FileField(required=False)
    document = forms.CharField(required=False, strip=False)

    def is_confirmed(self) -> bool:
        """Whether the decisions of the document were shown before."""
        return self.is_valid() and bool(self.cleaned_data["document"])

    def decisions(self) -> CurationFile:
        """Return the decisions of the document, else of the file.

        Raises:
            InputError: if there is neither, or it is not as it should be.
        """
        if self.is_confirmed():
            return curation_file.read(str(self.cleaned_data["document"]).encode())
        file = self.cleaned_data.get("file") if self.is_valid() else None
        if file is None:
            raise InputError("choose a curation file")
        return curation_file.read(file.read(curation_file.MAX_FULL_BYTES + 1))
