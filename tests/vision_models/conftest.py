"""What several tests of the vision models start from."""

from pathlib import Path

import pytest

from tests.vision_models.fakes import FakeAnalyzer, brain_rows, chest_rows, other_rows, write_pack

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


@pytest.fixture
def analyzer() -> FakeAnalyzer:
    return FakeAnalyzer()


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    """A folder with the three packs, a few tiny images each."""
    folder = tmp_path / "packs"
    folder.mkdir()
    write_pack(folder, "chest_xray", chest_rows())
    write_pack(folder, "brain_mri", brain_rows())
    write_pack(folder, "not_a_scan", other_rows())
    return folder


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real packs; the test is skipped where they are not."""
    if not (SHARED / "dicom.tar").is_file():
        pytest.skip(f"{SHARED} has no packs: the data is not part of the checkout")
    return SHARED
