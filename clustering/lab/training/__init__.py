"""Pictures of many brands -> the weights of the ``logonet`` embedder.

npm packages of icons, labelled logos -> one brand name per picture (``names``, ``icons``,
``logos``) -> a store of decoded pictures (``store``) -> two altered views of each brand per
batch (``altering``, ``batches``) -> the contrastive loss (``loss``) -> weights (``loop``),
judged on brands that were held out (``judging``).

Runs from ``manage.py train_encoder``; the product itself never imports it.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Picture:
    """Where a picture of the corpus comes from and whose mark it shows."""

    brand: str
    """Whose mark: equal across icon sets; ``coin:`` and the like keep name spaces apart."""
    look: str
    """A rendition that is drawn much like another; only equal looks attract each other."""
    family: str
    """Brands of one family (two products of one house) may look alike: they never repel."""
    source: str
    """The icon set, or the folder of labelled logos."""
    name: str
    """Its name within the source."""
