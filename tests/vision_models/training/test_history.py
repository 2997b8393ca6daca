from pathlib import Path

import pytest
from PIL import Image

from vision_models.training.history import read_log, training_curves

PLAIN = "epoch,in_set,loss,val_in_set,val_loss\n0,0.5,1.2,0.6,1.0\n1,0.7,0.8,0.65,0.9\n2,0.8,0.5,0.64,0.95\n"
REGION = (
    "epoch,logits_in_set,logits_loss,loss,region_dice,region_loss,"
    "val_logits_in_set,val_logits_loss,val_loss,val_region_dice,val_region_loss\n"
    "0,0.6,0.9,2.1,0.06,1.2,0.8,0.55,1.4,0.2,0.9\n"
    "1,0.7,0.7,1.5,0.3,0.8,0.85,0.4,1.1,0.4,0.7\n"
)


def write(folder: Path, text: str) -> Path:
    path = folder / "training_log.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_log_is_read_by_column(tmp_path: Path) -> None:
    log = read_log(write(tmp_path, PLAIN))
    assert log["val_loss"] == [1.0, 0.9, 0.95]
    assert log["epoch"] == [0, 1, 2]


@pytest.mark.parametrize("text", ["", "epoch,loss,val_loss\n", "epoch,loss\n0,1.0\n"])
def test_what_is_no_log_is_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError, match=r"training_log\.csv is no log of a training"):
        read_log(write(tmp_path, text))


@pytest.mark.parametrize("text", [PLAIN, REGION])
def test_curves_with_and_without_a_region(tmp_path: Path, text: str) -> None:
    path = training_curves(read_log(write(tmp_path, text)), tmp_path / "training.png")
    with Image.open(path) as picture:
        picture.load()
        assert picture.size == (1800, 780)
