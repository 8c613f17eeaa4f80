"""Forms: what a page accepts, checked before a service sees it."""

from dataclasses import MISSING, Field, dataclass, fields
from typing import Any, Literal, cast, get_args, get_origin, get_type_hints

from django import forms
from django.core.files import File

from clustering import conf
from clustering.models import Dataset, Run
from clustering.pipeline.clusterers import CLUSTERERS, calibration
from clustering.pipeline.embedders import Readiness, catalogue
from clustering.pipeline.errors import InputError
from clustering.templatetags.numbers import filesize

DEFAULT_RANDOM_STATE = 42
MAX_RANDOM_STATE = 2_147_483_647  # what every database and library takes


class UploadForm(forms.Form):
    """A file or a pasted list, one of the two."""

    file = forms.FileField(required=False, allow_empty_file=True)
    text = forms.CharField(required=False, strip=False)

    def __init__(self, *args: Any, max_bytes: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._max_bytes = max_bytes

    def clean_file(self) -> "File[bytes] | None":
        file: File[bytes] | None = self.cleaned_data["file"]
        size = file.size or 0 if file else 0
        if file and not size:
            raise forms.ValidationError(f"{file.name} is empty. Choose a file with some rows.")
        if size > self._max_bytes:
            limit = filesize(self._max_bytes)
            raise forms.ValidationError(
                f"This file has {filesize(size)}; the limit is {limit}. Split it, or raise"
                " UPLOAD_MAX_BYTES."
            )
        return file

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not cleaned["file"] and not cleaned["text"].strip():
            raise forms.ValidationError("Choose a file, or paste a list of domains.")
        return cleaned


class ColumnForm(forms.Form):
    """Which column holds the domains."""

    column = forms.ChoiceField()

    def __init__(self, *args: Any, dataset: Dataset, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [column["name"] for column in dataset.preview.get("columns", [])]
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


# What each option means, for people who have not read the paper.
CLUSTERER_LABELS = {
    "threshold": (
        "Threshold",
        "Joins logos that are closer than a distance. Keeps strangers apart; the usual choice.",
    ),
    "hdbscan": (
        "HDBSCAN",
        "Finds dense groups of any shape. For large sets with groups of very different tightness.",
    ),
}
OPTION_HELP = {
    "distance": ("Distance", "Cosine. Smaller keeps strangers apart, larger joins more variants."),
    "linkage": (
        "Linkage",
        "Connected joins chains of neighbours; average wants each close to all of its group.",
    ),
    "min_size": ("Smallest cluster", "Domains; smaller groups become outliers."),
    "min_cluster_size": ("Smallest cluster", "Domains; smaller groups become outliers."),
    "min_samples": ("Neighbours for a core", "Larger is stricter: more logos become outliers."),
    "cluster_selection_epsilon": (
        "Merge distance",
        "Euclidean; groups that part below it stay together. 0.7 is a cosine of 0.755.",
    ),
    "cluster_selection_method": (
        "Selection",
        "eom prefers large stable groups, leaf many small ones.",
    ),
    "max_distance": ("Longest link", "Cosine; no two neighbours of a cluster are further apart."),
}


class RunForm(EmbedderForm):
    """Everything that a new run is told; the options of every clusterer are fields of it."""

    clusterer = forms.ChoiceField()
    random_state = forms.IntegerField(
        label="Seed",
        min_value=0,
        max_value=MAX_RANDOM_STATE,
        help_text="The same seed and parameters give the same result, byte for byte.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(name, CLUSTERER_LABELS.get(name, (name, ""))[0]) for name in CLUSTERERS]
        cast("forms.ChoiceField", self.fields["clusterer"]).choices = choices
        for clusterer in CLUSTERERS:
            for option in _options(clusterer):
                self.fields[_field_name(clusterer, option)] = _form_field(clusterer, option)
        for field in self.fields.values():
            css = "select" if isinstance(field, forms.ChoiceField) else "input"
            field.widget.attrs.setdefault("class", css)

    @classmethod
    def initial_for(cls, dataset: Dataset, run: Run | None) -> dict[str, Any]:
        """Return what the form starts with: the parameters of ``run``, else the defaults."""
        if run is None:
            choice = calibration.default_for(dataset.embedder)
            started = _prefixed(choice.clusterer, choice.params)
            return started | {
                "embedder": dataset.embedder,
                "clusterer": choice.clusterer,
                "random_state": DEFAULT_RANDOM_STATE,
            }
        return _prefixed(run.clusterer, run.clusterer_params) | {
            "embedder": run.embedder,
            "clusterer": run.clusterer,
            "random_state": run.random_state,
        }

    def clusterer_cards(self) -> list["ClustererCard"]:
        """Return the clusterers, each with its options as bound fields."""
        chosen = self["clusterer"].value()
        return [
            ClustererCard(
                name,
                *CLUSTERER_LABELS.get(name, (name, "")),
                name == chosen,
                [self[_field_name(name, option)] for option in _options(name)],
            )
            for name in CLUSTERERS
        ]

    def clusterer_params(self) -> dict[str, Any]:
        """Return the chosen clusterer's options, those left empty left out."""
        clusterer = self.cleaned_data["clusterer"]
        values = {
            option.name: self.cleaned_data.get(_field_name(clusterer, option))
            for option in _options(clusterer)
        }
        return {name: value for name, value in values.items() if value not in (None, "")}

    def clean(self) -> dict[str, Any]:
        """Let the chosen clusterer judge its own options."""
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        try:
            CLUSTERERS.create(cleaned["clusterer"], **self.clusterer_params())
        except (InputError, ValueError) as error:
            self.add_error(None, str(error))
        return cleaned


@dataclass(frozen=True)
class ClustererCard:
    """One clusterer to choose, with its options."""

    name: str
    label: str
    summary: str
    is_chosen: bool
    options: list[forms.BoundField]


def _options(clusterer: str) -> tuple[Field[Any], ...]:
    return fields(CLUSTERERS.load(clusterer))


def _prefixed(clusterer: str, params: dict[str, Any]) -> dict[str, Any]:
    return {f"{clusterer}-{name}": value for name, value in params.items()}


def _field_name(clusterer: str, option: Field[Any]) -> str:
    return f"{clusterer}-{option.name}"


def _form_field(clusterer: str, option: Field[Any]) -> forms.Field:
    """Return the form field for one option of a clusterer, after its type and default.

    None of them is required: the other clusterers' options are not, and an empty one means
    the default.
    """
    label, help_text = OPTION_HELP.get(
        option.name, (option.name.replace("_", " ").capitalize(), "")
    )
    default = None if option.default is MISSING else option.default
    texts: dict[str, Any] = {"label": label, "help_text": help_text, "initial": default}
    kind = get_type_hints(CLUSTERERS.load(clusterer))[option.name]
    if get_origin(kind) is Literal:
        choices = [(value, str(value)) for value in get_args(kind)]
        return forms.ChoiceField(choices=choices, required=False, **texts)
    if isinstance(default, float):
        widget = forms.NumberInput(attrs={"step": "any"})
        return forms.FloatField(required=False, widget=widget, **texts)
    if isinstance(default, int):
        return forms.IntegerField(required=False, **texts)
    return forms.CharField(required=False, **texts)
