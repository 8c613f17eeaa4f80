"""Brands of a run: its clusters and outliers joined by words and looks, with the evidence."""

from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.db.models.functions import Coalesce

from clustering.models.domain import Domain
from clustering.models.run import Cluster, Run

SHOWN_NAME = Coalesce("lead__name", "name")  # Brand.shown_name, where no brand is loaded


class Brand(models.Model):
    """Clusters and outliers of one brand; every cluster that holds domains is in one."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="brands")
    # By its content, see brand_groups: the uid of its largest cluster, if it has one.
    uid = models.UUIDField(default=uuid4)
    name = models.CharField(max_length=120)
    lead = models.ForeignKey(
        Cluster,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        help_text="its largest cluster; null if it has outliers alone",
    )
    n_members = models.PositiveIntegerField(help_text="domains")
    n_groups = models.PositiveIntegerField(help_text="clusters, and domains of outliers")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("run", "uid"), name="brand_uid_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=("run", "-n_members", "id"), name="brand_members"),
        ]

    def __str__(self) -> str:
        return self.shown_name

    @property
    def shown_name(self) -> str:
        """The name of its largest cluster, which people may have changed since."""
        return self.name if self.lead is None else self.lead.name


class BrandLink(models.Model):
    """Two groups by picture, each a cluster or the domain of an outlier, and what they share."""

    class Kind(models.TextChoices):
        LINK = "link", "Joined"
        COLLISION = "collision", "Same word, other look"
        OFF_NAME = "off_name", "Same look, other name"

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="brand_links")
    kind = models.CharField(max_length=9, choices=Kind)
    brand = models.ForeignKey(
        Brand,
        on_delete=models.SET_NULL,
        null=True,
        related_name="links",
        help_text="of a link: that of its first side",
    )
    first_cluster = models.ForeignKey(
        Cluster, on_delete=models.CASCADE, null=True, related_name="+"
    )
    first_domain = models.ForeignKey(Domain, on_delete=models.CASCADE, null=True, related_name="+")
    second_cluster = models.ForeignKey(
        Cluster, on_delete=models.CASCADE, null=True, related_name="+"
    )
    second_domain = models.ForeignKey(
        Domain, on_delete=models.CASCADE, null=True, related_name="+"
    )
    word = models.CharField(max_length=63, blank=True, help_text="that the domains share")
    is_equal = models.BooleanField(default=False, help_text="the word is whole on both sides")
    cosine = models.FloatField(help_text="of the medoids")
    probability = models.FloatField(help_text="that both are of one brand, by the pair score")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=("run", "kind", "-probability", "id"), name="brand_link_kind"),
        ]

    def __str__(self) -> str:
        one, other = self.first_cluster or self.first_domain, self.second_cluster
        return f"{self.kind} of {one} and {other or self.second_domain}"
