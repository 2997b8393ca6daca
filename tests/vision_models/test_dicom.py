import struct
import tarfile
from pathlib import Path

import numpy as np
import pytest
from pydicom import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import DeflatedExplicitVRLittleEndian, JPEGLSLossless, RLELossless

import vision_models.dicom
from tests.vision_models.fakes import dicom
from tests.vision_models.pictures import SIZE, assert_rises, ramp, reason
from vision_models import image_io
from vision_models.image_io import decode


def run_lengths(values: np.ndarray) -> bytes:
    """A frame in literal runs of one byte (DICOM PS3.5, annex G), the most significant byte's plane first."""
    planes = values.astype(values.dtype.newbyteorder(">"), copy=False).reshape(-1, 1).view(np.uint8).T
    segments = [b"".join(bytes((0, value)) for value in plane.tolist()) for plane in planes]
    starts = [64 + sum(map(len, segments[:at])) for at in range(len(segments))]
    return struct.pack("<16I", len(segments), *starts, *[0] * (15 - len(starts))) + b"".join(segments)


def given_to_the_decoder(monkeypatch: pytest.MonkeyPatch) -> list[Dataset]:
    """The data sets that are decoded from now on."""
    seen: list[Dataset] = []
    real = vision_models.dicom.pixel_array

    def decode_it(dataset: Dataset, **options: int) -> np.ndarray:
        seen.append(dataset)
        return real(dataset, **options)

    monkeypatch.setattr(vision_models.dicom, "pixel_array", decode_it)
    return seen


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int16])
def test_a_dicom_picture(dtype: type) -> None:
    high = 255 if dtype is np.uint8 else 3000
    assert_rises(decode(dicom(ramp(0, high, dtype))))


def test_monochrome1_is_inverted() -> None:
    falling = np.ascontiguousarray(ramp(0, 3000, np.uint16)[:, ::-1])
    assert_rises(decode(dicom(falling, "MONOCHROME1")))


def test_monochrome1_with_a_window_is_inverted() -> None:
    falling = np.ascontiguousarray(ramp(0, 3000, np.uint16)[:, ::-1])
    assert_rises(decode(dicom(falling, "MONOCHROME1", WindowCenter=1500, WindowWidth=3000)))


def test_the_files_own_window_clips() -> None:
    decoded = decode(dicom(ramp(0, 4000, np.uint16), WindowCenter=1000, WindowWidth=1000))
    columns = np.linspace(0, 4000, SIZE)
    assert not decoded[:, columns < 490].any()
    assert (decoded[:, columns > 1510] == 255).all()
    assert 100 < decoded[0, np.abs(columns - 1000).argmin(), 0] < 155


def test_a_list_of_windows_means_the_first() -> None:
    one = dicom(ramp(0, 4000, np.uint16), WindowCenter=1000, WindowWidth=1000)
    two = dicom(ramp(0, 4000, np.uint16), WindowCenter=[1000, 3000], WindowWidth=[1000, 400])
    assert np.array_equal(decode(one), decode(two))


def test_the_window_speaks_of_rescaled_values() -> None:
    values = ramp(0, 2000, np.uint16)
    tags = {"RescaleSlope": 2, "RescaleIntercept": -1000, "WindowCenter": 1000, "WindowWidth": 4000}
    assert_rises(decode(dicom(values, **tags)))


def test_a_window_wider_than_the_picture_keeps_it_grey() -> None:
    decoded = decode(dicom(ramp(1400, 1600, np.uint16), WindowCenter=1500, WindowWidth=3000))
    assert decoded.min() > 100
    assert decoded.max() < 155


def test_an_empty_window_is_no_window() -> None:
    values = ramp(1000, 3000, np.uint16)
    values[0, 0] = 65535
    assert decode(dicom(values, WindowCenter=None, WindowWidth=None))[10, -1, 0] >= 250


def test_the_middle_frame_of_a_dicom_series() -> None:
    frames = np.stack([np.zeros((SIZE, SIZE), np.uint16), ramp(0, 3000, np.uint16), ramp(5, 9, np.uint16)])
    assert_rises(decode(dicom(frames)))


def test_one_frame_that_says_so() -> None:
    assert_rises(decode(dicom(ramp(0, 3000, np.uint16)[None])))


def test_a_dicom_file_cut_short_is_unreadable() -> None:
    content = dicom(ramp(0, 3000, np.uint16))
    assert reason(content[:-500]) == "unreadable"
    assert reason(content[:200]) == "unreadable"
    assert reason(content[:132]) == "unreadable"


def test_a_dicom_file_without_a_picture_is_unreadable() -> None:
    assert reason(dicom(ramp(0, 9, np.uint16), Rows=0, PixelData=b"")) == "unreadable"


def test_a_dicom_header_that_announces_too_much() -> None:
    assert reason(dicom(ramp(0, 9, np.uint16), Rows=50_000, Columns=50_000)) == "too_large"
    assert reason(dicom(ramp(0, 9, np.uint16), NumberOfFrames=100_000)) == "too_large"


def test_a_deflated_dicom_file_is_not_inflated_without_end() -> None:
    bomb = dicom(
        ramp(0, 3000, np.uint16),
        TransferSyntaxUID=DeflatedExplicitVRLittleEndian,
        EncapsulatedDocument=b"\0" * (2 * image_io.MAX_BYTES),
    )
    assert len(bomb) < 100_000
    assert reason(bomb) == "too_large"


def test_a_deflated_dicom_file_within_the_limit_is_read() -> None:
    values = ramp(0, 3000, np.uint16)
    plain, deflated = dicom(values), dicom(values, TransferSyntaxUID=DeflatedExplicitVRLittleEndian)
    assert deflated != plain
    assert np.array_equal(decode(deflated), decode(plain))


def test_colours_of_16_bits_keep_their_upper_half() -> None:
    image = np.zeros((SIZE, SIZE, 3), np.uint16)
    image[..., 0], image[..., 1] = 0x80FF, 0x40FF
    assert decode(dicom(image, "RGB"))[0, 0].tolist() == [0x80, 0x40, 0]


def test_one_frame_of_many_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pixels of the others are not even given to the decoder."""
    frames = np.stack([np.full((SIZE, SIZE), value, np.uint8) for value in range(9)])
    coded = [run_lengths(frame) for frame in frames]
    seen = given_to_the_decoder(monkeypatch)
    decode(dicom(frames, TransferSyntaxUID=RLELossless, PixelData=encapsulate(coded)))
    assert np.frombuffer(seen[0].PixelData, np.uint8).tolist() == [4] * SIZE * SIZE


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int16])
def test_run_lengths_give_the_very_pixels(dtype: type) -> None:
    values = ramp(0, 100, dtype)
    coded = dicom(values, TransferSyntaxUID=RLELossless, PixelData=encapsulate([run_lengths(values)]))
    assert np.array_equal(decode(coded), decode(dicom(values)))


def test_run_lengths_that_are_too_few_are_unreadable() -> None:
    coded = encapsulate([run_lengths(ramp())[:-20]])
    assert reason(dicom(ramp(), TransferSyntaxUID=RLELossless, PixelData=coded)) == "unreadable"


def test_only_what_the_picture_needs_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = given_to_the_decoder(monkeypatch)
    decode(dicom(ramp(), PatientName="Doe^Jane", PatientID="42", StudyDate="20200101"))
    assert {element.tag.group for element in seen[0]} == {0x0028, 0x7FE0}


def test_a_dicom_file_that_is_compressed_in_a_way_that_is_not_decoded_says_so() -> None:
    coded = encapsulate([b"\xff\xd8 not decoded"])
    assert reason(dicom(ramp(), TransferSyntaxUID=JPEGLSLossless, PixelData=coded)) == "compressed"


def test_no_identifier_comes_through() -> None:
    named = dicom(ramp(0, 3000, np.uint16), PatientName="Doe^Jane", PatientID="42")
    assert np.array_equal(decode(named), decode(dicom(ramp(0, 3000, np.uint16))))


@pytest.mark.data
def test_real_dicom_files_show_something(shared_data: Path) -> None:
    with tarfile.open(shared_data / "dicom.tar") as archive:
        contents = [file.read() for member in archive if (file := archive.extractfile(member))]
    assert contents
    for content in contents:
        image = decode(content)
        assert image.std() > 10
        assert image.max() > 200
