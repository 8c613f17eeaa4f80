"""Training of the LogoNet encoder: pictures of many brands in, weights out.

config       the training configuration (TOML)
sources      fetches and decodes what it names: icons, logos, fonts, initial weights
packages, icons, brand_names, logos, store, text_rendering   the parts of the data set
augmentation, batches   two augmented views of each sampled look per batch
encoder, depthwise, marks, loss, loop   the network, its loss, the optimizer steps and checkpoints
heldout, splits, validation, error_sheet   metrics on held-out brands
experiment   a whole training run; entry point ``manage.py train_encoder``
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Picture:
    """One picture of the training set: brand, look, source."""

    brand: str
    """Equal across icon sets; a prefix such as ``coin:`` separates name spaces."""
    look: str
    """A rendition of the brand's mark; only pictures of one look are positives."""
    family: str
    """Brands of one family (products of one company) may look similar: never negatives."""
    source: str
    """The icon set, or the folder of labelled logos."""
    name: str
    """File or icon name within the source."""
