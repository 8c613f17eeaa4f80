"""Form of a new run: every registered plug-in with its options as fields.

Options are the fields of a plug-in's dataclass, so new plug-ins appear here without changes;
the texts below describe the known ones.
"""

from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields
from typing import Any, Final, Literal, cast, get_args, get_origin, get_type_hints

from django import forms
from django.db import models

from clustering.forms import EmbedderForm
from clustering.models import Dataset, Run
from clustering.pipeline.clusterers import CLUSTERERS, calibration
from clustering.pipeline.errors import InputError
from clustering.pipeline.imaging import steps
from clustering.pipeline.projectors import DEFAULT as DEFAULT_PROJECTOR
from clustering.pipeline.projectors import PROJECTORS
from clustering.pipeline.registry import Registry

AUTO: Final = "auto"
DEFAULT_RANDOM_STATE: Final = 42
MAX_RANDOM_STATE: Final = 2_147_483_647  # accepted by every database and library
SEED: Final = "random_state"
"""Filled with the run's seed."""

PLUGIN_LABELS: Final = {
    AUTO: (
        "Automatic",
        "Keeps the calibrated default, unless your corrections of 20 logos and more confirm a"
        " near distance and agree clearly better with it. Says which, and shows 56 distances and"
        " 320 settings of HDBSCAN for comparison.",
    ),
    "agglomerative": (
        "Agglomerative",
        "Merges the closest clusters up to a distance threshold. Recommended.",
    ),
    "hdbscan": (
        "HDBSCAN",
        "Finds dense groups of any shape. For large sets with groups of different density.",
    ),
    "dbscan": (
        "DBSCAN",
        "Density clustering at one distance.",
    ),
    "kmeans": ("K-Means", "A given number of clusters; logos far from the medoid are outliers."),
    "umap": ("UMAP", "Keeps neighbourhoods and separates groups. The usual choice."),
    "tsne": ("t-SNE", "Keeps more of the true nearest neighbours; fills the plane evenly."),
    "pca": ("PCA", "The two directions of most variance. Instant and deterministic."),
}
OPTION_TEXTS: Final = {
    "distance_threshold": (
        "Distance threshold",
        "Cosine; clusters further apart are not merged. Smaller values give smaller clusters.",
    ),
    "eps": ("Distance", "Cosine; logos within it are neighbours."),
    "linkage": (
        "Linkage",
        "Distance of two clusters: single is their closest pair, average the mean of all pairs,"
        " complete the furthest pair, ward the growth of variance.",
    ),
    "n_clusters": (
        "Clusters",
        "How many to make; 0 makes half as many as there are images, of up to 20,000.",
    ),
    "agglomerative-n_clusters": (
        "Clusters",
        "Number of clusters; 0 uses the distance threshold instead.",
    ),
    "min_size": ("Smallest cluster", "Domains; smaller groups become outliers."),
    "min_cluster_size": ("Smallest cluster", "Domains; smaller groups become outliers."),
    "min_samples": ("Neighbours for a core", "Larger is stricter: more logos become outliers."),
    "cluster_selection_epsilon": (
        "Merge distance",
        "Euclidean; clusters are not split below it. 0.7 is a cosine of 0.755.",
    ),
    "cluster_selection_method": (
        "Selection",
        "eom prefers large stable groups, leaf many small ones.",
    ),
    "max_distance": ("Longest link", "Cosine; no two neighbours of a cluster are further apart."),
    "kmeans-max_distance": ("Reach", "Cosine; logos further from the medoid are outliers."),
    "n_neighbors": ("Neighbours", "More emphasise global structure, fewer local detail."),
    "min_dist": ("Tightness", "0 packs neighbours closely, 1 spreads them out."),
    "perplexity": ("Perplexity", "Roughly the number of neighbours of each logo."),
}


class Distances(models.TextChoices):
    """Where the distances of a run come from."""

    USUAL = "", "As given; found on this data set where the embedder was never measured"
    FOUND = "found", "Found on this data set's own logos, without labels"
    GIVEN = "given", "As given"


class RunNameForm(forms.Form):
    """The name of a run."""

    name = forms.CharField(required=False, max_length=80)


class RunForm(EmbedderForm):
    """All parameters of a new run."""

    name = forms.CharField(
        required=False,
        max_length=80,
        label="Name",
        help_text="Optional display name.",
    )
    preparation = forms.MultipleChoiceField(required=False)
    distances = forms.ChoiceField(
        required=False,
        choices=Distances.choices,
        label="Distances",
        help_text="Found ones replace the distances above. At most one logo in twenty is joined"
        " with its nearest stranger, a logo whose domain shares no word with it.",
    )
    clusterer = forms.ChoiceField()
    projector = forms.ChoiceField(required=False)
    random_state = forms.IntegerField(
        label="Seed",
        min_value=0,
        max_value=MAX_RANDOM_STATE,
        help_text="The same seed and parameters give the same result, byte for byte.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offer("clusterer", [AUTO, *CLUSTERERS])
        self._offer("projector", list(PROJECTORS))
        steps_field = cast("forms.MultipleChoiceField", self.fields["preparation"])
        steps_field.choices = [(name, step.label) for name, step in steps.STEPS.items()]
        for registry in (CLUSTERERS, PROJECTORS):
            for plugin in registry:
                for option in _options(registry, plugin):
                    self.fields[f"{plugin}-{option.name}"] = _form_field(registry, plugin, option)
        for field in self.fields.values():
            css = "select" if isinstance(field, forms.ChoiceField) else "input"
            field.widget.attrs.setdefault("class", css)

    def _offer(self, name: str, plugins: list[str]) -> None:
        choices = [(plugin, PLUGIN_LABELS.get(plugin, (plugin, ""))[0]) for plugin in plugins]
        cast("forms.ChoiceField", self.fields[name]).choices = choices

    @classmethod
    def initial_for(cls, dataset: Dataset, run: Run | None) -> dict[str, Any]:
        """Return initial values: the parameters of ``run``, else the defaults."""
        embedder = dataset.embedder if run is None else run.embedder
        options: dict[str, Any] = {}
        for name in CLUSTERERS:
            options |= _prefixed(name, calibration.calibrated(embedder, name).params)
        if run is None:
            return options | {
                "embedder": embedder,
                "clusterer": calibration.BEST,
                "projector": DEFAULT_PROJECTOR,
                "random_state": DEFAULT_RANDOM_STATE,
            }
        options |= _prefixed(run.clusterer, run.clusterer_params)
        options |= _prefixed(run.projector, run.projector_params)
        return options | {
            "embedder": run.embedder,
            "distances": _distances_of(run),
            "preparation": run.preparation,
            "clusterer": AUTO if run.is_auto else run.clusterer,
            "projector": run.projector,
            "random_state": run.random_state,
        }

    def offered(self, values: Mapping[str, str]) -> dict[str, str]:
        """Return the ``values`` that are fields of this form, as filled in by a link."""
        return {name: value for name, value in values.items() if name in self.fields}

    def clusterer_cards(self) -> list["PluginCard"]:
        """Return the clusterers, the automatic choice first, with options as bound fields."""
        return self._cards("clusterer", CLUSTERERS, first=AUTO)

    def projector_cards(self) -> list["PluginCard"]:
        """Return the projectors with their options as bound fields."""
        return self._cards("projector", PROJECTORS)

    def step_cards(self) -> list["StepCard"]:
        """Return the optional preparation steps."""
        chosen = self["preparation"].value() or []
        return [
            StepCard(name, step.label, step.summary, name in chosen)
            for name, step in steps.STEPS.items()
        ]

    @property
    def is_auto(self) -> bool:
        """Whether tuning chooses the clusterer. The form must be valid."""
        return bool(self.cleaned_data["clusterer"] == AUTO)

    @property
    def is_calibrated(self) -> bool:
        """Whether the distances are found on the data set. The form must be valid."""
        chosen = self.cleaned_data["distances"]
        is_measured = calibration.is_measured(self.cleaned_data["embedder"])
        return chosen == Distances.FOUND or (chosen == Distances.USUAL and not is_measured)

    def clusterer_choice(self) -> "PluginChoice":
        """Return the chosen clusterer; with automatic choice, the fallback."""
        name = calibration.BEST if self.is_auto else self.cleaned_data["clusterer"]
        default = calibration.calibrated(self.cleaned_data["embedder"], name).params
        given = {} if self.is_auto else self._params(CLUSTERERS, name)
        return PluginChoice(name, default | given)

    def projector_choice(self) -> "PluginChoice":
        """Return the projector and its options."""
        name = self.cleaned_data["projector"] or DEFAULT_PROJECTOR
        return PluginChoice(name, self._params(PROJECTORS, name))

    def clean(self) -> dict[str, Any]:
        """Validate the options by the chosen plug-ins and steps."""
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        try:
            steps.canonical(cleaned["preparation"])
            for registry, choice in (
                (CLUSTERERS, self.clusterer_choice()),
                (PROJECTORS, self.projector_choice()),
            ):
                registry.create(choice.name, **choice.params)
        except (InputError, ValueError) as error:
            self.add_error(None, str(error))
        return cleaned

    def _cards(self, name: str, registry: Registry[Any], first: str = "") -> list["PluginCard"]:
        chosen = self[name].value()
        plugins = [first, *registry] if first else list(registry)
        return [self._card(registry, plugin, is_chosen=plugin == chosen) for plugin in plugins]

    def _card(self, registry: Registry[Any], plugin: str, *, is_chosen: bool) -> "PluginCard":
        label, summary = PLUGIN_LABELS.get(plugin, (plugin, ""))
        options = [self[f"{plugin}-{option.name}"] for option in _options(registry, plugin)]
        return PluginCard(plugin, label, summary, is_chosen, options)

    def _params(self, registry: Registry[Any], plugin: str) -> dict[str, Any]:
        """Return a plug-in's options without empty ones."""
        values = {
            option.name: self.cleaned_data.get(f"{plugin}-{option.name}")
            for option in _options(registry, plugin)
        }
        return {name: value for name, value in values.items() if value not in (None, "")}


@dataclass(frozen=True)
class PluginChoice:
    """A chosen plug-in and its options."""

    name: str
    params: dict[str, Any]


@dataclass(frozen=True)
class PluginCard:
    """One plug-in with its options."""

    name: str
    label: str
    summary: str
    is_chosen: bool
    options: list[forms.BoundField]


@dataclass(frozen=True)
class StepCard:
    """One optional step of preparation."""

    name: str
    label: str
    summary: str
    is_chosen: bool


def _distances_of(run: Run) -> str:
    if run.is_calibrated == (not calibration.is_measured(run.embedder)):
        return Distances.USUAL
    return Distances.FOUND if run.is_calibrated else Distances.GIVEN


def _options(registry: Registry[Any], plugin: str) -> list[Field[Any]]:
    """Return the options of a plug-in except its seed; the automatic choice has none."""
    if plugin not in registry:
        return []
    return [option for option in fields(registry.load(plugin)) if option.name != SEED]


def _prefixed(plugin: str, params: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{plugin}-{name}": value for name, value in params.items()}


def _form_field(registry: Registry[Any], plugin: str, option: Field[Any]) -> forms.Field:
    """Return the form field for an option by its type and default.

    No field is required: an empty one means the default.
    """
    plain = (option.name.replace("_", " ").capitalize(), "")
    label, help_text = OPTION_TEXTS.get(
        f"{plugin}-{option.name}", OPTION_TEXTS.get(option.name, plain)
    )
    default = None if option.default is MISSING else option.default
    texts: dict[str, Any] = {"label": label, "help_text": help_text, "initial": default}
    kind = get_type_hints(registry.load(plugin))[option.name]
    if get_origin(kind) is Literal:
        choices = [(value, str(value)) for value in get_args(kind)]
        return forms.ChoiceField(choices=choices, required=False, **texts)
    if isinstance(default, bool):
        return forms.BooleanField(required=False, **texts)
    if isinstance(default, float):
        widget = forms.NumberInput(attrs={"step": "any"})
        return forms.FloatField(required=False, widget=widget, **texts)
    if isinstance(default, int):
        return forms.IntegerField(required=False, **texts)
    return forms.CharField(required=False, **texts)
