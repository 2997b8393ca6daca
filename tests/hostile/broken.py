"""Files without a picture, with half of one, or with something else in them."""

import io
import struct
import zipfile
from collections.abc import Callable

from tests.hostile import bombs
from tests.hostile.hostile_file import HostileFile, either, read, refused
from tests.hostile.pictures import saved, scan

HTML = b"<!DOCTYPE html><html><body><img src=x onerror=alert(1)><script>alert(1)</script></body></html>"
PE = b"MZ\x90\0" + bytes(56) + struct.pack("<I", 64) + b"PE\0\0" + bytes(300)


def _cut(form: str, share: float) -> Callable[[], bytes]:
    def make() -> bytes:
        content = saved(scan("normal").convert("RGB"), form)
        return content[: int(len(content) * share)]

    return make


def _head(form: str, length: int) -> Callable[[], bytes]:
    return lambda: saved(scan("normal").convert("RGB"), form)[:length]


def _zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../etc/cron.d/x", "* * * * * root true")
        archive.writestr("zeros", bytes(10 * bombs.MEGA))
    return buffer.getvalue()


def _damaged(form: str) -> Callable[[], bytes]:
    def make() -> bytes:
        content = bytearray(saved(scan("normal").convert("RGB"), form))
        middle = len(content) // 2
        content[middle : middle + 400] = bytes(reversed(content[middle : middle + 400]))
        return bytes(content)

    return make


def _joined(*parts: Callable[[], bytes] | bytes) -> Callable[[], bytes]:
    return lambda: b"".join(part if isinstance(part, bytes) else part() for part in parts)


def _picture(form: str) -> Callable[[], bytes]:
    return lambda: saved(scan("normal"), form)


def _mp4() -> bytes:
    return b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41\0\0\0\x08mdat"


def _heic(with_body: bool) -> bytes:
    head = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"
    return head + (b"\0\0\1\0meta" + bytes(248) if with_body else b"")


def _jpeg_in_a_comment() -> bytes:
    """A script in the comment of a JPEG, and a comment that closes where JavaScript would go on."""
    return saved(scan("normal"), "JPEG", comment=b"*/=alert(1);/*" + HTML)


BROKEN: tuple[HostileFile, ...] = (
    refused("empty", bytes, "no byte at all", "empty"),
    refused("one_byte", lambda: b"\x89", "a single byte", "unreadable"),
    refused("zeros", lambda: bytes(5000), "nothing but zeros", "unreadable"),
    refused("letters", lambda: b"Paciente sin hallazgos.\n" * 40, "a text called .png", "unreadable"),
    refused("every_byte", lambda: bytes(range(256)) * 40, "every byte there is", "unreadable"),
    refused("bom", lambda: b"\xff\xfe" + "hola".encode("utf-16-le"), "a text of 16 bits", "unreadable"),
    *(
        refused(f"{form.lower()}_cut_at_{percent}", _cut(form, percent / 100), "it breaks off", "unreadable")
        for form in ("PNG", "JPEG", "WEBP", "TIFF", "BMP")
        for percent in (10, 50)
    ),
    either("jpeg_without_its_end", _joined(_cut("JPEG", 0.999)), "the last bytes are missing"),
    refused("png_header", _head("PNG", 33), "size, and nothing after it", "unreadable"),
    refused("png_signature", _head("PNG", 8), "eight bytes", "unreadable"),
    refused("jpeg_header", _head("JPEG", 20), "the first segment alone", "unreadable"),
    refused("jpeg_marker", _head("JPEG", 3), "three bytes", "unreadable"),
    refused("webp_header", _head("WEBP", 16), "a container with nothing in it", "unreadable"),
    refused("tiff_header", _head("TIFF", 8), "a pointer to nowhere", "unreadable"),
    refused("bmp_header", _head("BMP", 54), "a size, and no pixel", "unreadable"),
    refused("tiff_to_nowhere", lambda: b"II*\0\xff\xff\xff\xff" + bytes(99), "beyond the end", "unreadable"),
    either("png_damaged", _damaged("PNG"), "bytes in the middle turned round"),
    either("jpeg_damaged", _damaged("JPEG"), "bytes in the middle turned round"),
    either("webp_damaged", _damaged("WEBP"), "bytes in the middle turned round"),
    refused("gif", lambda: saved(scan("normal").convert("P"), "GIF"), "not on the list", "unsupported"),
    refused("avif_or_heic", lambda: _heic(False), "a telephone's picture, header only", "unsupported"),
    refused("heic", lambda: _heic(True), "a telephone's picture", "unsupported", name="IMG_0001.HEIC"),
    refused("mp4", _mp4, "a film", "unsupported"),
    refused("fits", lambda: b"SIMPLE  =                    T" + b" " * 2850, "a telescope's", "unsupported"),
    refused("eps", lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "a program", "unsupported"),
    refused(
        "postscript", lambda: b"%!PS\n(/etc/passwd) (r) file\n", "a program that reads files", "unsupported"
    ),
    refused(
        "eps_of_dos", lambda: b"\xc5\xd0\xd3\xc6" + bytes(99), "EPS in a wrapper", "unreadable", "unsupported"
    ),
    refused("pdf", lambda: b"%PDF-1.7\n1 0 obj<</OpenAction 2 0 R>>\n", "a document", "unsupported"),
    refused(
        "svg",
        lambda: b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        "a script",
        "unsupported",
    ),
    refused(
        "svg_of_entities",
        lambda: b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>',
        "an entity that names a file",
        "unsupported",
    ),
    refused("html", lambda: HTML, "a page", "unsupported"),
    refused("zip", _zip, "an archive with a path that leads out of it", "unsupported"),
    refused("docx", _zip, "an archive by another name", "unsupported", name="informe.docx"),
    refused("exe", lambda: PE, "a program", "unsupported"),
    refused("elf", lambda: b"\x7fELF\2\1\1" + bytes(99), "a program", "unreadable", "unsupported"),
    refused("pickle", lambda: b"\x80\x04cos\nsystem\n(S'true'\ntR.", "Python that would run", "unreadable"),
    refused("gzip", lambda: b"\x1f\x8b\x08" + bytes(60), "packed", "unreadable", "unsupported"),
    refused("shell", lambda: b"#!/bin/sh\nrm -rf /\n", "a script", "unreadable"),
    refused("psd", lambda: b"8BPS\0\1" + bytes(99), "a layout", "unreadable", "unsupported"),
    refused(
        "ico", lambda: saved(scan("normal").resize((64, 64)), "ICO"), "an icon", "unreadable", "unsupported"
    ),
    refused(
        "jpeg_2000", lambda: saved(scan("normal"), "JPEG2000"), "not on the list", "unreadable", "unsupported"
    ),
    refused("ppm", lambda: saved(scan("normal"), "PPM"), "not on the list", "unreadable", "unsupported"),
    read("jpeg_and_zip", _joined(_picture("JPEG"), _zip), "an archive behind the picture"),
    read("gifar", _joined(_picture("PNG"), _zip), "the same behind a PNG (GIFAR)"),
    read("png_and_html", _joined(_picture("PNG"), HTML), "a page behind the picture"),
    read("bmp_and_exe", _joined(_picture("BMP"), PE), "a program behind the picture"),
    read("jpeg_with_a_script", _jpeg_in_a_comment, "a script in the comment"),
    read("two_jpegs", _joined(_picture("JPEG"), _picture("JPEG")), "two pictures one after the other"),
    refused("html_and_jpeg", _joined(HTML, _picture("JPEG")), "a picture behind a page", "unsupported"),
    refused("gif_and_jpeg", _joined(b"GIF89a/*", _picture("JPEG")), "GIFAR the other way", "unsupported"),
    read("png_called_jpeg", _picture("PNG"), "the name is of another kind", "scan.jpg"),
    read("bmp_called_dicom", _picture("BMP"), "the name is of another kind", "IM000001.dcm"),
    read("png_called_nothing", _picture("PNG"), "no name at all", " "),
)

BOMBS: tuple[HostileFile, ...] = (
    refused("png_of_gigapixels", bombs.png_of_gigapixels, "2.5 gigapixels in a hundred bytes", "too_large"),
    read("png_with_a_long_text", bombs.png_with_a_long_text, "a text that inflates to megabytes"),
    read("png_with_a_long_profile", bombs.png_with_a_long_profile, "a profile that inflates to megabytes"),
    read("png_with_many_texts", bombs.png_with_many_texts, "a hundred texts of a megabyte"),
    refused("png_of_empty_chunks", bombs.png_of_empty_chunks, "chunks without a byte", "unreadable"),
    read("png_with_more_rows", bombs.png_with_more_rows_than_it_says, "rows that it does not say it has"),
    read("apng", lambda: bombs.apng(2000), "two thousand frames"),
    read("webp_of_frames", lambda: bombs.webp(300), "three hundred frames", "film.webp"),
    refused("gif_of_frames", lambda: bombs.gif(3000), "three thousand frames", "unsupported"),
    refused("jpeg_of_many_scans", bombs.jpeg_of_many_scans, "seconds of work in 80 kB", "too_large"),
    refused("jpeg_of_empty_segments", bombs.jpeg_of_empty_segments, "comments without a byte", "unreadable"),
    either("jpeg_of_fill_bytes", bombs.jpeg_of_fill_bytes, "20 MB of FF that begin no marker"),
    either("jpeg_of_many_fill_bytes", bombs.jpeg_of_many_fill_bytes, "thousands of them, again and again"),
    refused("jpeg_that_says_it_is_huge", bombs.jpeg_that_says_it_is_huge, "4 gigapixels", "too_large"),
    read("jpeg_whose_tags_overlap", bombs.jpeg_whose_tags_overlap, "5 MB of EXIF to be read as 5 GB"),
    read("webp_whose_tags_overlap", bombs.webp_whose_tags_overlap, "5 MB of EXIF to be read as 5 GB"),
    read("tiff_whose_tags_overlap", bombs.tiff_whose_tags_overlap, "5 MB of tags to be read as 5 GB"),
    read(
        "tiff_sub_directory", bombs.tiff_with_a_sub_directory_of_overlapping_tags, "the same, one further in"
    ),
    read("tiff_of_resolutions", bombs.tiff_with_a_million_resolutions, "a million fractions"),
    refused("tiff_of_a_huge_tile", bombs.tiff_of_a_huge_tile, "a tile of 900 megapixels", "too_large"),
    either("tiff_of_a_huge_strip", bombs.tiff_of_a_huge_strip, "a strip of four gigabytes"),
    refused(
        "tiff_of_many_strips", bombs.tiff_of_many_strips, "a strip of its own for every byte", "unreadable"
    ),
    refused("tiff_of_damaged_fax", bombs.tiff_of_damaged_fax, "a line in the log for each row", "compressed"),
    refused("tiff_that_says_it_is_huge", bombs.tiff_that_says_it_is_huge, "3.6 gigapixels", "too_large"),
    read("tiff_that_goes_round", bombs.tiff_that_goes_round, "a directory that follows itself"),
    refused("webp_of_a_huge_canvas", bombs.webp_of_a_huge_canvas, "900 megapixels around 64", "too_large"),
    refused("bmp_of_runs", bombs.bmp_of_runs_that_end_nowhere, "millions of steps for a row", "too_large"),
    refused("bmp_of_line_ends", bombs.bmp_of_line_ends, "lines filled up byte by byte", "too_large"),
    refused(
        "bmp_that_says_it_is_huge", lambda: bombs.bmp(60_000, 60_000, b""), "3.6 gigapixels", "too_large"
    ),
    refused(
        "bmp_with_less", lambda: bombs.bmp(4000, 4000, bytes(64)), "48 MB said, 64 bytes there", "unreadable"
    ),
    either("bmp_upside_down", lambda: bombs.bmp(64, -64, bytes(64 * 64 * 3)), "a negative height"),
    refused("bmp_of_no_width", lambda: bombs.bmp(0, 64, bytes(99)), "no width", "unreadable", "too_small"),
    refused("too_many_bytes", lambda: b"\xff\xd8\xff" + bytes(31 * bombs.MEGA), "31 MB", "too_large"),
)
