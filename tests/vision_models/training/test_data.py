from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.vision_models.fakes import (
    brain_rows,
    brain_slice,
    chest_rows,
    encoded,
    make_sample,
    other_rows,
    picture,
    write_pack,
)
from vision_models.analysis import CLASS_NAMES
from vision_models.training.data import (
    GATE_CLASSES,
    DataError,
    ImageStore,
    Sample,
    class_names,
    is_healthy,
    load_samples,
    targets,
)

Rows = list[dict[str, str]]


def test_an_empty_finding_of_a_brain_is_no_tumor(packs: Path) -> None:
    labels = {sample.labels for sample in load_samples("brain_mri", packs)}
    assert labels == {(name,) for name in CLASS_NAMES["brain_mri"]}


def test_a_pneumonia_of_unknown_cause_may_be_two_classes(packs: Path) -> None:
    [sample] = [s for s in load_samples("chest_xray", packs) if s.source == "nih_chestxray14"]
    assert sample.labels == ("bacterial_pneumonia", "viral_pneumonia")
    assert sample.stratum == "nih_chestxray14:bacterial_pneumonia|viral_pneumonia"


def test_a_pneumonia_of_unknown_cause_is_one_where_that_is_a_class(tmp_path: Path) -> None:
    rows = [row for row in chest_rows() if row["finding"] in ("normal", "pneumonia")]
    write_pack(tmp_path, "chest_xray", rows, {})
    samples = load_samples("chest_xray", tmp_path, ("normal", "pneumonia"))
    assert {sample.labels for sample in samples} == {("normal",), ("pneumonia",)}
    assert samples[-1].stratum == "nih_chestxray14:pneumonia"
    with pytest.raises(DataError, match="labelled 'normal'; known labels: healthy, pneumonia"):
        load_samples("chest_xray", tmp_path, ("healthy", "pneumonia"))


def test_the_gate_learns_from_all_packs(packs: Path) -> None:
    samples = load_samples("gate", packs)
    assert len(samples) == len(chest_rows()) + len(brain_rows()) + len(other_rows())
    assert {sample.labels for sample in samples} == {(name,) for name in GATE_CLASSES}
    assert {s.stratum for s in samples if s.pack == "chest_xray"} == {
        "chest_xray:kermany",
        "chest_xray:nih_chestxray14",
    }


def test_targets_follow_the_order_of_the_names() -> None:
    samples = [make_sample(("covid19",)), make_sample(("bacterial_pneumonia", "viral_pneumonia"))]
    made = targets(samples, class_names("chest_xray"))
    assert made.dtype == np.float32
    assert made.tolist() == [[0, 0, 0, 1], [0, 1, 1, 0]]


def test_healthy_is_a_scan_without_a_disease() -> None:
    assert is_healthy(make_sample(("normal",)))
    assert is_healthy(make_sample(("no_tumor",), pack="brain_mri"))
    assert not is_healthy(make_sample(("covid19",)))
    assert not is_healthy(make_sample(("bacterial_pneumonia", "viral_pneumonia")))
    assert not is_healthy(make_sample(("chest_xray",)))  # what the gate calls it says nothing of disease
    assert not is_healthy(make_sample(("photo",), pack="not_a_scan"))


def test_the_mask_of_a_row(packs: Path) -> None:
    masks = {sample.file: sample.mask for sample in load_samples("brain_mri", packs)}
    assert masks["glioma/0.png"] == "masks/glioma/0.png"
    assert masks["glioma/1.png"] == masks["no_tumor/0.png"] == ""
    assert {sample.mask for sample in load_samples("chest_xray", packs)} == {""}  # has no such column


# Bad data


@pytest.mark.parametrize("model", ["chest_xray", "brain_mri", "gate"])
def test_a_missing_csv(tmp_path: Path, model: str) -> None:
    with pytest.raises(DataError, match=r"\.csv is missing: --data must name the folder"):
        load_samples(model, tmp_path)


@pytest.mark.parametrize("column", ["file", "source", "finding", "split", "group"])
def test_a_missing_column(tmp_path: Path, column: str) -> None:
    rows = [{name: value for name, value in row.items() if name != column} for row in chest_rows()]
    write_pack(tmp_path, "chest_xray", rows, {})
    with pytest.raises(DataError, match=rf"chest_xray\.csv has no column {column}"):
        load_samples("chest_xray", tmp_path)


def _unknown_label(rows: Rows) -> None:
    rows[0]["finding"] = "fracture"


def _unknown_split(rows: Rows) -> None:
    rows[0]["split"] = "dev"


def _empty_split(rows: Rows) -> None:
    rows[0]["split"] = ""


def _empty_class(rows: Rows) -> None:
    rows[:] = [r for r in rows if r["finding"] != "covid19" or r["split"] != "train"]


def _two_sides(rows: Rows) -> None:
    rows[0]["group"] = rows[3]["group"] = "patient 7"


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_unknown_label, "normal/0.png is labelled 'fracture'; known labels: normal, bacterial_pneumonia"),
        (_unknown_split, "normal/0.png has split 'dev'"),
        (_empty_split, "normal/0.png has split '', not train, validation or test"),
        (_empty_class, "no training image of class 'covid19' in"),
        (_two_sides, "group kermany:patient 7 stands in train and in test"),
    ],
)
def test_bad_rows(tmp_path: Path, spoil: Callable[[Rows], None], message: str) -> None:
    rows = chest_rows()
    spoil(rows)
    write_pack(tmp_path, "chest_xray", rows, {})
    with pytest.raises(DataError, match=message) as caught:
        load_samples("chest_xray", tmp_path)
    assert "\n" not in str(caught.value)


def test_the_same_number_at_two_hospitals_is_two_groups(tmp_path: Path) -> None:
    rows = chest_rows()
    rows[0]["group"], rows[-1]["group"], rows[3]["group"] = "7", "7", "8"
    rows[3]["source"] = "nih_chestxray14"
    write_pack(tmp_path, "chest_xray", rows, {})
    groups = [sample.group for sample in load_samples("chest_xray", tmp_path)]
    assert (groups[0], groups[-1]) == ("kermany:7", "nih_chestxray14:7")


def test_a_kind_that_is_none(tmp_path: Path, packs: Path) -> None:
    write_pack(packs, "not_a_scan", [*other_rows(), other_rows()[0] | {"kind": "cat", "file": "c.png"}])
    with pytest.raises(DataError, match=r"c\.png is labelled 'cat'"):
        load_samples("gate", packs)


def test_an_empty_csv_has_no_class(tmp_path: Path) -> None:
    (tmp_path / "brain_mri.csv").write_text("file,source,finding,split,group\n")
    with pytest.raises(DataError, match="no training image of class 'no_tumor'"):
        load_samples("brain_mri", tmp_path)


# Pictures


def test_pictures_come_in_rgb(tmp_path: Path) -> None:
    red = np.zeros((50, 60, 3), np.uint8)
    red[..., 0] = 255
    write_pack(tmp_path, "chest_xray", [{"file": "a.png"}], {"a.png": encoded(red)})
    sample = make_sample()
    assert np.array_equal(ImageStore(tmp_path, [sample]).read(sample), red)


def test_the_same_name_in_two_packs_is_two_pictures(tmp_path: Path) -> None:
    samples = [make_sample(pack=pack) for pack in ("chest_xray", "brain_mri")]
    for sample, mean in zip(samples, (60, 180), strict=True):
        write_pack(tmp_path, sample.pack, [{"file": "a.png"}], {"a.png": encoded(picture(mean))})
    store = ImageStore(tmp_path, samples)
    assert [round(store.read(s).mean(), -1) for s in samples] == [60, 180]


def test_a_missing_tar(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"chest_xray\.tar is missing"):
        ImageStore(tmp_path, [make_sample()])


def test_a_file_that_is_not_in_the_tar(tmp_path: Path) -> None:
    write_pack(tmp_path, "chest_xray", [{"file": "b.png"}])
    with pytest.raises(DataError, match=r"1 files named in the csv are not in the tar, the first is a\.png"):
        ImageStore(tmp_path, [make_sample(), make_sample(file="b.png")])


def test_a_mask_that_is_not_in_the_tar(tmp_path: Path) -> None:
    write_pack(tmp_path, "brain_mri", [{"file": "a.png"}])
    sample = make_sample(("glioma",), pack="brain_mri", mask="masks/a.png")
    with pytest.raises(DataError, match=r"1 files .* are not in the tar, the first is masks/a\.png"):
        ImageStore(tmp_path, [sample])


@pytest.mark.parametrize("keep", [0, 300, 700, 1536])
def test_a_tar_cut_short(tmp_path: Path, keep: int) -> None:
    write_pack(tmp_path, "chest_xray", [{"file": "a.png"}])
    path = tmp_path / "chest_xray.tar"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(DataError, match=r"chest_xray\.tar is not a whole tar archive \(.+\): fetch it again"):
        ImageStore(tmp_path, [make_sample()])


def test_a_tar_that_ends_between_two_files(tmp_path: Path) -> None:
    whole = {name: encoded(picture()) for name in ("a.png", "b.png")}
    samples = [make_sample(file=name) for name in whole]
    write_pack(tmp_path, "chest_xray", [{"file": name} for name in whole], {"a.png": whole["a.png"]})
    with pytest.raises(DataError, match=r"the first is b\.png"):
        ImageStore(tmp_path, samples)


@pytest.mark.parametrize("content", [b"nonsense", b""])
def test_a_picture_that_cannot_be_decoded(tmp_path: Path, content: bytes) -> None:
    write_pack(tmp_path, "chest_xray", [{"file": "a.png"}], {"a.png": content})
    sample = make_sample()
    with pytest.raises(DataError, match=r"a\.png in chest_xray\.tar is not an image"):
        ImageStore(tmp_path, [sample]).read(sample)


# Masks


def store_of(folder: Path, image: np.ndarray, mask: bytes) -> tuple[ImageStore, Sample]:
    images = {"a.png": encoded(image), "m.png": mask}
    write_pack(folder, "brain_mri", [{"file": "a.png"}], images)
    sample = make_sample(("glioma",), pack="brain_mri", mask="m.png")
    return ImageStore(folder, [sample]), sample


def test_a_mask_is_0_or_255(tmp_path: Path) -> None:
    image, mask = brain_slice()
    for drawn in (mask, mask // 255, mask // 2):  # whatever value the annotator's program wrote
        store, sample = store_of(tmp_path, image, encoded(drawn))
        read = store.read_mask(sample)
        assert read is not None
        assert read.dtype == np.uint8
        assert np.array_equal(read, mask)


def test_a_mask_in_colour_or_black_and_white(tmp_path: Path) -> None:
    image, mask = brain_slice()
    for mode in ("RGB", "1"):
        store, sample = store_of(tmp_path, image, encoded(mask, mode=mode))
        read = store.read_mask(sample)
        assert read is not None
        assert np.array_equal(read, mask)


def test_a_healthy_picture_has_an_empty_mask_and_an_undrawn_one_has_none(packs: Path) -> None:
    samples = load_samples("brain_mri", packs)
    store = ImageStore(packs, samples)
    for sample in samples:
        mask = store.read_mask(sample)
        if sample.mask:
            assert mask is not None
            assert mask.any()
        elif sample.labels == ("no_tumor",):
            assert mask is not None
            assert not mask.any()
        else:
            assert mask is None
        if mask is not None:
            assert (mask.dtype, mask.shape) == (np.uint8, store.read(sample).shape[:2])


def test_a_mask_that_cannot_be_decoded(tmp_path: Path) -> None:
    store, sample = store_of(tmp_path, brain_slice()[0], b"nonsense")
    with pytest.raises(DataError, match=r"m\.png in brain_mri\.tar is not an image"):
        store.read_mask(sample)


# All files at once


def test_sound_packs_pass_the_check(packs: Path) -> None:
    samples = load_samples("gate", packs)
    ImageStore(packs, samples).check(samples)


@pytest.mark.parametrize("name", ["a.png", "b.png", "masks/b.png"])
def test_the_check_names_the_file_that_cannot_be_decoded(tmp_path: Path, name: str) -> None:
    image, mask = brain_slice()
    images = {"a.png": encoded(image), "b.png": encoded(image), "masks/b.png": encoded(mask)}
    write_pack(tmp_path, "brain_mri", [{"file": "a.png"}], images | {name: b"nonsense"})
    samples = [make_sample(("glioma",), pack="brain_mri", file=file) for file in ("a.png", "b.png")]
    samples[1] = replace(samples[1], mask="masks/b.png")
    store = ImageStore(tmp_path, samples)
    with pytest.raises(DataError, match=rf"^{name} in brain_mri\.tar is not an image"):
        store.check(samples)


def test_the_check_names_a_mask_of_another_size(tmp_path: Path) -> None:
    image, mask = brain_slice()
    store, sample = store_of(tmp_path, image, encoded(np.ascontiguousarray(mask.T)))
    with pytest.raises(DataError, match=r"m\.png is not of the size of its picture a\.png"):
        store.check([sample])


# The real packs


@pytest.mark.data
@pytest.mark.parametrize("model", ["chest_xray", "brain_mri", "gate"])
def test_the_real_packs_are_sound(shared_data: Path, model: str) -> None:
    samples = load_samples(model, shared_data)
    for split in ("train", "validation", "test"):
        seen = {label for sample in samples if sample.split == split for label in sample.labels}
        assert seen == set(class_names(model))


@pytest.mark.data
def test_the_real_masks_lie_on_their_pictures(shared_data: Path) -> None:
    drawn = [sample for sample in load_samples("brain_mri", shared_data) if sample.mask][::100]
    store = ImageStore(shared_data, drawn)
    for sample in drawn:
        mask = store.read_mask(sample)
        assert mask is not None
        assert mask.shape == store.read(sample).shape[:2]
        assert 0 < (mask > 0).mean() < 0.5
