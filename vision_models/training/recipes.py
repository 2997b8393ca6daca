"""How each model is trained: the few numbers in which the three differ."""

from dataclasses import dataclass, field
from typing import Literal

from vision_models.training.augment import Augmentation
from vision_models.training.mixing import Mixing


@dataclass(frozen=True, slots=True)
class Stage:
    """Some epochs at one picture size; small pictures first teach most of it at a third of the cost
    (Tan and Le, EfficientNetV2, ICML 2021)."""

    image_size: int
    epochs: int


@dataclass(frozen=True, slots=True)
class Recipe:
    """What one training is made of.

    - ``stages`` in order, the last at the size that is served; ``contrast``: CLAHE is part of the input.
    - ``draws``: samples of one epoch; ``boost`` multiplies how often a stratum is drawn, beyond the
      square-root balance.
    - ``region``: what the network also learns to outline and reads its answer from, the ``finding`` by the
      radiologists' masks or the ``lungs`` (``None``: nothing).
    - ``signs``: how often a healthy film is drawn a sign of another disease (``lookalikes``), for which the
      network gets one class more.
    - ``architecture``: a name of ``architectures.ARCHITECTURES``; ``frozen_blocks``: how many of its first
      blocks keep their ImageNet weights.
    """

    stages: tuple[Stage, ...]
    contrast: bool
    draws: int
    augmentation: Augmentation
    mixing: Mixing = field(default_factory=Mixing)
    boost: dict[str, float] = field(default_factory=dict)
    region: Literal["finding", "lungs"] | None = None
    signs: float = 0.0
    architecture: str = "efficientnet_lite0"
    frozen_blocks: int = 3
    batch_size: int = 32
    learning_rate: float = 6e-4
    weight_decay: float = 1e-3
    patience: int = 5
    seed: int = 20261121

    @property
    def image_size(self) -> int:
        """The size at which the network serves, in pixels."""
        return self.stages[-1].image_size

    @property
    def has_other(self) -> bool:
        """Whether the network has a class beyond those of its card, for signs of other diseases."""
        return self.signs > 0

    @property
    def epochs(self) -> int:
        return sum(stage.epochs for stage in self.stages)

    def size_at(self, epoch: int) -> int:
        """The picture size of one epoch, counted from 0; beyond the last stage, the last one's."""
        for stage in self.stages:
            if epoch < stage.epochs:
                return stage.image_size
            epoch -= stage.epochs
        return self.image_size


RECIPES = {
    "gate": Recipe(
        stages=(Stage(160, 6),),
        contrast=False,
        draws=4000,
        # Colour is a hint the gate must not need: a photo in grey is still a photo.
        augmentation=Augmentation(rotation=20, invert=0.03, tint=0.15, grey=0.5, photo=0.15),
        frozen_blocks=0,
    ),
    "brain_mri": Recipe(
        stages=(Stage(160, 8), Stage(224, 14)),
        contrast=True,
        draws=6000,
        augmentation=Augmentation(
            rotation=25, zoom=0.35, invert=0.02, sequence=0.15, shade=0.25, tint=0.05, erase=0.1, photo=0.1
        ),
        # Healthy slices and tumors come from different collections: without this, the collection tells.
        mixing=Mixing(borrow_tone=0.15, transplant=0.3, crop_out=0.12, recolour=0.25, strip=0.08),
        region="finding",
    ),
    "chest_xray": Recipe(
        stages=(Stage(160, 9), Stage(224, 6)),
        contrast=True,
        draws=8000,
        augmentation=Augmentation(
            rotation=12, zoom=0.25, invert=0.03, shade=0.25, tint=0.05, erase=0.15, photo=0.1
        ),
        # Children and adults, and each disease, come from different hospitals: see Mixing.
        mixing=Mixing(borrow_tone=0.35, graft=0.3),
        # Shoulders, markers and frames tell the hospital; what is read is read from the lungs.
        region="lungs",
        # A film with an effusion is neither normal nor a pneumonia: that answer must exist to be given.
        signs=0.2,
        # Adult pneumonia that is not covid19, and adult normals of a third hospital, are few, and are
        # all there is to tell the disease from the source.
        boost={
            "nih_chestxray14:bacterial_pneumonia|viral_pneumonia": 1.5,
            "nih_chestxray14:normal": 1.2,
        },
    ),
}
