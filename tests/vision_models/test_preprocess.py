import numpy as np
import pytest

from tests.vision_models.fakes import picture
from vision_models.preprocess import bounded, enhance, in_three, is_grey, prepare, resize, square_pad

WHITE = 255


@pytest.mark.parametrize(("height", "width"), [(40, 80), (80, 40), (41, 80), (1, 9), (9, 1)])
def test_padding_keeps_every_pixel_and_centres_them(height: int, width: int) -> None:
    image = picture(height=height, width=width)
    padded = square_pad(image)
    side = max(height, width)
    top, left = (side - height) // 2, (side - width) // 2
    assert padded.shape == (side, side, 3)
    assert np.array_equal(padded[top : top + height, left : left + width], image)


def test_the_bars_are_black() -> None:
    padded = square_pad(np.full((20, 60, 3), WHITE, np.uint8))
    assert not padded[:20].any()
    assert not padded[40:].any()
    assert (padded[20:40] == WHITE).all()


def test_a_square_is_left_alone() -> None:
    image = picture()
    assert np.array_equal(square_pad(image), image)


@pytest.mark.parametrize(("height", "width"), [(100, 200), (300, 150), (20, 40)])
def test_the_aspect_is_kept(height: int, width: int) -> None:
    prepared = prepare(np.full((height, width, 3), WHITE, np.uint8), 64, contrast=False)
    rows = (prepared[:, 32] > 127).all(axis=1).sum()
    columns = (prepared[32] > 127).all(axis=1).sum()
    assert rows / columns == pytest.approx(height / width, rel=0.1)


@pytest.mark.parametrize("contrast", [False, True])
@pytest.mark.parametrize(("height", "width"), [(1, 1), (33, 500), (500, 33), (64, 64)])
def test_any_shape_gives_the_networks_shape(height: int, width: int, contrast: bool) -> None:
    prepared = prepare(picture(height=height, width=width), 64, contrast)
    assert prepared.shape == (64, 64, 3)
    assert prepared.dtype == np.uint8


@pytest.mark.parametrize(
    "array",
    [np.zeros((8, 8), np.uint8), np.zeros((8, 8, 4), np.uint8), np.zeros((8, 8, 3), np.float32)],
    ids=["grey", "rgba", "float"],
)
def test_another_array_is_refused_with_what_it_was(array: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"expected uint8 \(H, W, 3\) RGB, got"):
        prepare(array, 64, contrast=True)


def test_shrinking_averages() -> None:
    stripes = np.zeros((128, 128, 3), np.uint8)
    stripes[::2] = 200
    assert np.abs(resize(stripes, 32).astype(int) - 100).max() <= 1


def test_contrast_is_the_only_difference() -> None:
    image = picture(height=90, width=120)
    assert np.array_equal(prepare(image, 64, True), enhance(prepare(image, 64, False)))


def test_clahe_widens_a_flat_histogram_and_adds_no_colour() -> None:
    ramp = np.linspace(110, 140, 64, dtype=np.uint8)
    image = np.repeat(np.tile(ramp, (64, 1))[..., None], 3, axis=2)
    enhanced = enhance(image)
    assert enhanced.std() > image.std()
    assert np.ptp(enhanced.astype(int), axis=2).max() <= 3


def test_the_input_is_not_changed() -> None:
    image = picture()
    before = image.copy()
    prepare(image, 64, True)
    assert np.array_equal(image, before)


@pytest.mark.parametrize("contrast", [False, True])
@pytest.mark.parametrize("size", [(20, 40), (224, 224), (500, 333), (1024, 1000), (3001, 2100)], ids=str)
def test_one_channel_seen_three_times_is_prepared_as_three_are(size: tuple[int, int], contrast: bool) -> None:
    grey = np.random.default_rng(0).integers(0, 256, size, dtype=np.uint8)
    three = np.repeat(grey[..., None], 3, axis=2)
    assert is_grey(in_three(grey))
    assert np.array_equal(in_three(grey), three)
    assert np.array_equal(bounded(in_three(grey)), bounded(three))
    prepared = prepare(in_three(grey), 224, contrast)
    assert np.array_equal(prepared, prepare(three, 224, contrast))
    assert prepared.flags.writeable


def test_one_channel_off_is_a_colour() -> None:
    image = np.zeros((8, 8, 3), np.uint8)
    assert is_grey(image)
    image[7, 7, 2] = 1
    assert not is_grey(image)
