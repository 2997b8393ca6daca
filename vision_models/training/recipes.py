"""How each model is trained: the few numbers in which the three differ."""

from dataclasses import dataclass

from vision_models.training.augment import Augmentation


@dataclass(frozen=True, slots=True)
class Recipe:
    """``image_size`` in pixels; ``contrast`` whether CLAHE is part of the input; ``draws`` the samples
    of one epoch; ``boost`` multiplies how often a stratum is drawn, beyond the square-root balance.
    """

    image_size: int
    contrast: bool
    epochs: int
    draws: int
    augmentation: Augmentation
    boost: dict[str, float]
    batch_size: int = 32
    learning_rate: float = 6e-4
    weight_decay: float = 1e-3
    dropout: float = 0.2
    seed: int = 20261121


RECIPES = {
    "gate": Recipe(
        image_size=160,
        contrast=False,
        epochs=6,
        draws=4000,
        # Colour is a hint the gate must not need: a photo in grey is still a photo.
        augmentation=Augmentation(rotation=20, invert=0.03, tint=0.15, grey=0.5),
        boost={},
    ),
    "brain_mri": Recipe(
        image_size=224,
        contrast=True,
        epochs=6,
        draws=4000,
        augmentation=Augmentation(rotation=20, zoom=0.3, invert=0.02),
        boost={},
    ),
    "chest_xray": Recipe(
        image_size=224,
        contrast=True,
        epochs=6,
        draws=4000,
        augmentation=Augmentation(rotation=10, zoom=0.2),
        # Adult pneumonia that is not covid19, and adult normals of a third hospital, are few, and are
        # all there is to tell the disease from the source.
        boost={
            "nih_chestxray14:bacterial_pneumonia|viral_pneumonia": 1.5,
            "nih_chestxray14:normal": 1.2,
        },
    ),
}
