"""Reading photos: every form that can be read, and one sentence for everything that cannot."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from exiqa.core.errors import UserError
from exiqa.core.image_io import LOSSLESS_SUFFIXES, MAX_PIXELS, read_photo, write_photo

VALUES = np.random.default_rng(0).integers(0, 256, (9, 13, 3), dtype=np.uint8)


def save(path: Path, image: Image.Image, **options: object) -> Path:
    image.save(path, **options)  # type: ignore[arg-type]
    return path


@pytest.mark.parametrize("suffix", ["png", "bmp", "tif", "ppm", "webp", "jp2"])
def test_lossless_formats_come_back_as_they_were(tmp_path: Path, suffix: str) -> None:
    options = {"lossless": True} if suffix == "webp" else {}
    result = read_photo(save(tmp_path / f"a.{suffix}", Image.fromarray(VALUES), **options))
    assert result.dtype == np.uint8 and result.flags.writeable
    np.testing.assert_array_equal(result, VALUES)


def test_jpeg_is_what_opencv_reads(tmp_path: Path) -> None:
    path = save(tmp_path / "a.jpg", Image.fromarray(VALUES), quality=90)
    other = cv2.imread(str(path))[..., ::-1]
    assert np.abs(read_photo(path).astype(int) - other).max() <= 2


def test_the_stereo_jpeg_of_a_camera_is_its_first_picture(tmp_path: Path) -> None:
    first, second = Image.fromarray(VALUES), Image.fromarray(255 - VALUES)
    jpeg = save(tmp_path / "a.jpg", first, quality=90)
    both = save(tmp_path / "b.jpg", first, format="MPO", save_all=True, append_images=[second], quality=90)
    with Image.open(both) as picture:
        assert picture.format == "MPO"
    np.testing.assert_array_equal(read_photo(both), read_photo(jpeg))


def test_grey_has_three_equal_channels(tmp_path: Path) -> None:
    result = read_photo(save(tmp_path / "a.png", Image.fromarray(VALUES[..., 0])))
    np.testing.assert_array_equal(result, np.repeat(VALUES[..., :1], 3, axis=2))


def test_black_and_white_bits(tmp_path: Path) -> None:
    bits = Image.fromarray(np.array([[0, 255], [255, 0]], np.uint8)).convert("1")
    np.testing.assert_array_equal(read_photo(save(tmp_path / "a.png", bits))[..., 0], [[0, 255], [255, 0]])


def test_sixteen_bit_grey_is_rounded(tmp_path: Path) -> None:
    values = np.array([[0, 257, 128 * 257, 65535, 127, 129]], np.uint16)
    expected = [[0, 1, 128, 255, 0, 1]]
    for name in ("a.png", "a.tif"):
        np.testing.assert_array_equal(
            read_photo(save(tmp_path / name, Image.fromarray(values)))[..., 1], expected, err_msg=name
        )


def test_sixteen_bit_colour(tmp_path: Path) -> None:
    wide = VALUES.astype(np.uint16) * 257
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), wide[..., ::-1])
    np.testing.assert_array_equal(read_photo(path), VALUES)


def test_palette(tmp_path: Path) -> None:
    image = Image.fromarray(VALUES).quantize(16)
    np.testing.assert_array_equal(read_photo(save(tmp_path / "a.png", image)), np.asarray(image.convert("RGB")))


def test_transparency_lies_over_white(tmp_path: Path) -> None:
    rgba = np.dstack([VALUES, np.full(VALUES.shape[:2], 255, np.uint8)])
    rgba[0, 0, 3] = 0
    rgba[0, 1] = (100, 0, 200, 51)
    result = read_photo(save(tmp_path / "a.png", Image.fromarray(rgba)))
    np.testing.assert_array_equal(result[0, 0], [255, 255, 255])
    np.testing.assert_allclose(result[0, 1], 0.2 * np.array([100, 0, 200]) + 0.8 * 255, atol=1)
    np.testing.assert_array_equal(result[1:], VALUES[1:])


def test_transparent_palette_entry_is_white(tmp_path: Path) -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 200, 100, 50])
    image.putdata([0, 1])
    result = read_photo(save(tmp_path / "a.png", image, transparency=0))
    np.testing.assert_array_equal(result, [[[255, 255, 255], [200, 100, 50]]])


def test_cmyk_becomes_rgb(tmp_path: Path) -> None:
    image = Image.new("CMYK", (8, 8), (0, 255, 255, 0))
    for name in ("a.tif", "a.jpg"):
        result = read_photo(save(tmp_path / name, image))
        assert np.abs(result.astype(int) - [255, 0, 0]).max() <= 3, name


@pytest.mark.parametrize(
    ("orientation", "expected"),
    [(3, VALUES[::-1, ::-1]), (6, np.rot90(VALUES, -1)), (8, np.rot90(VALUES)), (2, VALUES[:, ::-1])],
)
def test_exif_rotation_is_applied(tmp_path: Path, orientation: int, expected: np.ndarray) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = save(tmp_path / "a.png", Image.fromarray(VALUES), exif=exif)
    np.testing.assert_array_equal(read_photo(path), expected)


def test_one_pixel(tmp_path: Path) -> None:
    np.testing.assert_array_equal(
        read_photo(save(tmp_path / "a.png", Image.new("RGB", (1, 1), (1, 2, 3)))), [[[1, 2, 3]]]
    )


def test_first_frame_of_an_animation(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    path = save(tmp_path / "a.gif", frames[0], save_all=True, append_images=frames[1:])
    np.testing.assert_array_equal(read_photo(path)[0, 0], [255, 0, 0])


@pytest.mark.parametrize("suffix", LOSSLESS_SUFFIXES)
def test_written_photos_come_back(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / "new" / f"a{suffix.upper()}"
    write_photo(path, VALUES)
    np.testing.assert_array_equal(read_photo(path), VALUES)


@pytest.mark.parametrize("name", ["a.jpg", "a.webp", "a", "a.gif"])
def test_lossy_formats_are_not_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match="would not keep every pixel"):
        write_photo(tmp_path / name, VALUES)
    assert not list(tmp_path.iterdir())


def refused(path: Path) -> str:
    with pytest.raises(UserError) as caught:
        read_photo(path)
    message = str(caught.value)
    assert str(path) in message and "\n" not in message
    return message


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.bmp", "a.tif", "a.webp", "a.gif"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_truncated(tmp_path: Path, name: str, share: float) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    path = save(tmp_path / name, Image.fromarray(noise))
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    assert "damaged or cut short" in refused(path)


def test_damaged_inside(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", Image.fromarray(VALUES))
    data = bytearray(path.read_bytes())
    data[-40:-20] = bytes(20)
    path.write_bytes(data)
    assert "damaged" in refused(path)


def test_zero_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.touch()
    assert "is empty" in refused(path)


def test_not_an_image(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_text("<html>404</html>")
    assert "is not an image" in refused(path)


def test_missing(tmp_path: Path) -> None:
    assert "No such file" in refused(tmp_path / "a.png")


def test_folder_named_like_an_image(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.mkdir()
    assert "is a folder" in refused(path)


def test_loop_of_links(tmp_path: Path) -> None:
    first, second = tmp_path / "a.png", tmp_path / "b.png"
    first.symlink_to(second)
    second.symlink_to(first)
    assert "symbolic links" in refused(first)


def test_pipe_does_not_hang(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    os.mkfifo(path)
    assert "not a regular file" in refused(path)


@pytest.mark.parametrize("side", [10_000, 20_000])
def test_decompression_bomb(tmp_path: Path, side: int) -> None:
    """A small file of very many pixels is refused before it is unpacked, beyond Pillow's warning and its error."""
    assert side * side > MAX_PIXELS
    path = save(tmp_path / "a.png", Image.new("1", (side, side)))
    assert path.stat().st_size < 100_000
    assert "more than 89 million pixels" in refused(path)


def test_floating_point(tmp_path: Path) -> None:
    path = save(tmp_path / "a.tif", Image.fromarray(np.zeros((3, 3), np.float32)))
    assert "floating-point" in refused(path)


def test_thirty_two_bit_integers(tmp_path: Path) -> None:
    path = save(tmp_path / "a.tif", Image.fromarray(np.full((3, 3), 70_000, np.int32)))
    assert "beyond 16 bits" in refused(path)


def test_no_permission() -> None:
    """As an unprivileged user, since root reads everything."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        path = save(Path(folder) / "a.png", Image.fromarray(VALUES))
        path.chmod(0)
        code = (
            "import os, sys; from exiqa.core.image_io import read_photo; import PIL.PngImagePlugin\n"
            "if os.geteuid() == 0: os.setuid(65534)\n"
            "try: read_photo(sys.argv[1])\nexcept Exception as error: print(type(error).__name__, error)"
        )
        done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False)
    assert done.stdout.startswith("UserError") and "Permission denied" in done.stdout, done.stderr
