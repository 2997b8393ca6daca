"""Every hostile file. None is kept: each is made by code, anew where it is used."""

from tests.hostile.broken import BOMBS, BROKEN
from tests.hostile.dicom_files import DICOMS
from tests.hostile.names import HOSTILE_NAMES
from tests.hostile.pictures import PICTURES

FILES = (*BROKEN, *BOMBS, *PICTURES, *DICOMS, *HOSTILE_NAMES)
