"""Pictures come in every way: chosen, dropped anywhere, pasted anywhere, taken with the camera; DICOM too."""

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage, generate_uid

from tests.browser.visitor import BOX, EXAMPLES, PHONE, Visitor, attach, say, settle

pytestmark = pytest.mark.browser

#: Makes a file in the page and hands it over as a browser does: by a drop or a paste on an element.
HAND_OVER = """([selector, kind, name, content]) => {
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], name, { type: "image/png" }));
  const target = document.querySelector(selector);
  const options = { bubbles: true, cancelable: true };
  if (kind === "paste") {
    target.dispatchEvent(new ClipboardEvent("paste", { ...options, clipboardData: carried }));
  } else {
    for (const step of ["dragenter", "dragover", "drop"])
      target.dispatchEvent(new DragEvent(step, { ...options, dataTransfer: carried }));
  }
}"""


def hand_over(page: Page, kind: str, selector: str, path: Path) -> None:
    content = base64.b64encode(path.read_bytes()).decode("ascii")
    page.evaluate(HAND_OVER, [selector, kind, path.name, content])
    expect(page.locator("#g-box .thumbnail-item")).to_have_count(1)
    page.locator("#g-box .submit-button").click()


@pytest.mark.parametrize(
    ("kind", "selector"),
    [("drop", "#g-welcome"), ("drop", BOX), ("paste", "#g-welcome"), ("paste", BOX)],
)
def test_a_picture_is_dropped_or_pasted_anywhere(page: Page, app: Any, kind: str, selector: str) -> None:
    hand_over(page, kind, selector, EXAMPLES / "glioma.png")
    expect(settle(page).locator(".g-reading .g-bars")).to_be_visible()
    expect(page.locator(".g-dropping")).to_have_count(0)
    assert app.leftovers() == []


def test_a_text_that_is_pasted_stays_a_text(page: Page) -> None:
    page.locator(BOX).focus()
    page.evaluate(
        """() => {
          const carried = new DataTransfer();
          carried.setData("text/plain", "x");
          document.querySelector("#g-box textarea").dispatchEvent(
            new ClipboardEvent("paste", { bubbles: true, cancelable: true, clipboardData: carried }));
        }"""
    )
    expect(page.locator("#g-box .thumbnail-item")).to_have_count(0)


@pytest.mark.parametrize("spanish", [True, False])
def test_the_camera_takes_a_picture(open_page: Any, spanish: bool) -> None:
    page = open_page(Visitor("es-ES" if spanish else "en-US"), permissions=["camera"])
    page.get_by_role("button", name="Hacer una foto" if spanish else "Take a picture").click()
    camera = page.get_by_role("dialog")
    camera.locator("video").wait_for()
    page.wait_for_function("document.querySelector('dialog video').videoWidth > 0")
    camera.get_by_role("button", name="Hacer la foto" if spanish else "Take the picture").click()
    expect(page.locator("#g-box .thumbnail-item")).to_have_count(1)
    page.locator("#g-box .submit-button").click()
    refused = settle(page).locator(".g-refused")
    expect(refused).to_contain_text("camera.jpg")  # what it sees is a test picture, and no scan


def test_a_telephone_opens_its_own_camera(open_page: Any) -> None:
    page = open_page(Visitor("es-MX", PHONE), has_touch=True, is_mobile=True)
    with page.expect_file_chooser() as asked:
        page.get_by_role("button", name="Hacer una foto").tap()
    assert asked.value.element.get_attribute("capture") == "environment"
    asked.value.set_files(EXAMPLES / "normal.png")
    expect(page.locator("#g-box .thumbnail-item")).to_have_count(1)


def test_without_a_camera_that_is_told(open_page: Any) -> None:
    page = open_page()
    page.evaluate("() => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error('none')); }")
    page.get_by_role("button", name="Take a picture").click()
    expect(page.locator("#g-notice")).to_contain_text("The camera can’t be used")


@pytest.mark.parametrize("page", [Visitor("es-ES"), Visitor("en-US", PHONE)], indirect=True, ids=str)
def test_a_dicom_file_is_read_and_names_nobody(page: Page, app: Any, tmp_path: Path) -> None:
    path = tmp_path / "slice.dcm"
    write_dicom(path, EXAMPLES / "meningioma.png")
    reply = say(page, "", path)
    expect(reply.locator(".g-reading .g-bars")).to_be_visible()
    assert "Perez" not in page.content()
    assert app.leftovers() == []


def test_a_file_is_taken_out_again_before_it_is_sent(page: Page) -> None:
    attach(page, EXAMPLES / "glioma.png", EXAMPLES / "photo.png")
    page.get_by_role("button", name="Remove this file").first.click()
    expect(page.locator("#g-box .thumbnail-item")).to_have_count(1)
    page.locator(BOX).press("Enter")
    expect(settle(page).locator(".g-refused")).to_contain_text("photo.png")


def write_dicom(path: Path, picture: Path) -> None:
    with Image.open(picture) as opened:
        pixels = np.asarray(opened.convert("L"))
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset(path, {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID, dataset.SOPInstanceUID = (
        meta.MediaStorageSOPClassUID,
        meta.MediaStorageSOPInstanceUID,
    )
    dataset.PatientName, dataset.Modality = "Perez^Juan", "MR"
    dataset.Rows, dataset.Columns = pixels.shape
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit, dataset.PixelRepresentation = 7, 0
    dataset.PixelData = pixels.tobytes()
    dataset.save_as(path, enforce_file_format=True)
