"""Stored neighbour graph of a run."""

from typing import ClassVar

import numpy as np
from django.db import models
from numpy.typing import NDArray

from clustering.models.run import Run


class Neighbourhood(models.Model):
    """Nearest neighbours of a block of logos of a run; blocks keep reads small."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="neighbourhoods")
    first_logo_id = models.BigIntegerField(help_text="the lowest of the block")
    logo_ids = models.BinaryField(help_text="int64, little-endian, ascending")
    neighbour_ids = models.BinaryField(help_text="int64, as many per logo; -1 is none")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("run", "first_logo_id"), name="neighbourhood_once"),
        ]

    def __str__(self) -> str:
        return f"neighbours in {self.run} from {self.first_logo_id}"

    def of(self, logo_id: int) -> NDArray[np.int64] | None:
        """Return the ids of the nearest logos, unordered; None if not in the block."""
        ids = np.frombuffer(bytes(self.logo_ids), dtype="<i8")
        row = int(np.searchsorted(ids, logo_id))
        if row == len(ids) or ids[row] != logo_id:
            return None
        lists = np.frombuffer(bytes(self.neighbour_ids), dtype="<i8").reshape(len(ids), -1)
        return np.asarray(lists[row][lists[row] >= 0], dtype=np.int64)
