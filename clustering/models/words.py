"""Words read in logos, and how far the reading of a data set is."""

from django.db import models

from clustering.models.dataset import Dataset
from clustering.models.logo import Logo
from clustering.models.work import LeasedWork


class LogoWords(models.Model):
    """The text in one logo, read once for all data sets; the row is there before it is read."""

    logo = models.OneToOneField(Logo, on_delete=models.CASCADE, related_name="words")
    lines = models.JSONField(default=list, help_text="[text, score] in reading order")
    text = models.TextField(blank=True, help_text="the words in lower case, a space before each")
    name = models.CharField(max_length=40, blank=True, help_text="the largest lines")
    name_score = models.FloatField(default=0.0)
    attempts = models.PositiveSmallIntegerField(default=0)
    read_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"words in {self.logo}"

    @property
    def shown(self) -> str:
        """The lines as one text."""
        return " ".join(text for text, _ in self.lines)


class WordReading(LeasedWork):
    """Reading the words in the logos of a data set, which its members asked for; never ends.

    ``read_to`` and ``read_to_id`` are the place of the last domain whose logo was read.
    """

    dataset = models.OneToOneField(Dataset, on_delete=models.CASCADE, related_name="word_reading")
    n_total = models.PositiveIntegerField(default=0)
    n_read = models.PositiveIntegerField(default=0)
    read_to = models.DateTimeField(null=True, blank=True)
    read_to_id = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"words of {self.dataset}"
