"""Codecs against a second decoder, and streams that were damaged on the way."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from exiqa.iqadata.distortions.numerics.colorspace import from_bytes, to_bytes
from exiqa.iqadata.distortions.published import compression, transmission
from exiqa.iqadata.photos import fit, packaged_photos


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    return fit(packaged_photos()["astronaut"](), 192, 256)


def psnr(first: np.ndarray, second: np.ndarray) -> float:
    return float(-10 * np.log10(np.mean((first.astype(np.float64) - second) ** 2) / 255**2 + 1e-12))


def with_opencv(data: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]


@pytest.mark.parametrize("quality", [100, 43, 24, 4])
def test_jpeg_is_what_a_second_decoder_reads(pixels: np.ndarray, quality: int) -> None:
    result = to_bytes(compression.jpeg(from_bytes(pixels), quality, np.random.default_rng(0)))
    other = with_opencv(compression.encode_jpeg(pixels, quality))
    assert np.abs(result.astype(int) - other).max() <= 2


@pytest.mark.parametrize("ratio", [1, 16, 45, 400])
def test_jpeg2000_is_what_a_second_decoder_reads(pixels: np.ndarray, ratio: float) -> None:
    result = to_bytes(compression.jpeg2000(from_bytes(pixels), ratio, np.random.default_rng(0)))
    other = with_opencv(compression.encode_jpeg2000(pixels, ratio))
    assert np.abs(result.astype(int) - other).max() <= 1


@pytest.mark.parametrize("ratio", [8, 16, 32, 120])
def test_jpeg2000_files_have_the_asked_size(pixels: np.ndarray, ratio: float) -> None:
    size = len(compression.encode_jpeg2000(pixels, ratio, boxes=False))
    assert size == pytest.approx(pixels.size / ratio, rel=0.1, abs=250)


def test_jpeg2000_at_one_is_lossless(pixels: np.ndarray) -> None:
    np.testing.assert_array_equal(compression.decode(compression.encode_jpeg2000(pixels, 1)), pixels)


def test_jpeg_uses_libjpegs_tables(pixels: np.ndarray) -> None:
    """At quality 50 the luminance table is the one of the standard's Annex K: 16, 11, 10, … in natural order."""
    from io import BytesIO

    from PIL import Image

    with Image.open(BytesIO(compression.encode_jpeg(pixels, 50))) as picture:
        table = picture.quantization[0]
        assert sorted(table)[:3] == [10, 11, 12] and table[0] == 16 and max(table) == 121
        assert picture.layer[0][1:3] == (2, 2)


def test_noisy_compression_coarsens_with_the_noise(pixels: np.ndarray) -> None:
    image = from_bytes(pixels)
    weak, strong = (compression.noisy_compression(image, v, np.random.default_rng(1)) for v in (0.0005, 0.01))
    assert psnr(pixels, to_bytes(weak)) > psnr(pixels, to_bytes(strong)) + 3


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize(
    ("function", "parameter"),
    [
        (transmission.jpeg_transmission, 0.0003),
        (transmission.jpeg_transmission, 0.3),
        (transmission.jpeg2000_transmission, 0.0003),
        (transmission.jpeg2000_transmission, 0.3),
        (transmission.fast_fading, 25),
        (transmission.fast_fading, -10),
    ],
)
def test_an_image_always_comes_out(pixels: np.ndarray, function, parameter: float, seed: int) -> None:  # type: ignore[no-untyped-def]
    image = from_bytes(pixels[:64, :96])
    result = function(image, parameter, np.random.default_rng(seed))
    assert result.shape == image.shape and np.isfinite(result).all()


def test_one_lost_byte_of_jpeg_stays_in_its_block_row(pixels: np.ndarray) -> None:
    """A restart marker ends every row of 16 lines; smooth colour upsampling reaches one line beyond."""
    image = from_bytes(pixels)
    sent = transmission.jpeg_transmission(image, 1e-12, np.random.default_rng(0))
    hit = 0
    for seed in range(40):
        received = transmission.jpeg_transmission(image, 1.3e-5, np.random.default_rng(seed))
        rows = np.flatnonzero((received != sent).any(axis=(1, 2)))
        if len(rows):
            hit += 1
            assert rows[-1] - rows[0] < 18
            assert rows[0] // 16 == (rows[-1] - 1) // 16 or rows[0] % 16 == 15
    assert hit >= 30


@pytest.mark.parametrize("sides", [(96, 128), (384, 512), (576, 768)])
def test_as_many_errors_meet_as_many_pieces_at_any_size(sides: tuple[int, int]) -> None:
    """24 restart markers less the last, and the share of the bytes that a 512×384 image would have hit."""
    image = from_bytes(fit(packaged_photos()["coffee"](), *sides))
    stream = compression.encode_jpeg(to_bytes(image), 90)
    share = 384 * 512 / (sides[0] * sides[1])
    order = np.arange(len(stream)).astype(float)
    assert len(transmission._first(order, 1e-4 * share)) == pytest.approx(len(stream) * 1e-4 * share, abs=0.5)
    units = (-(-sides[0] // 16)) * (-(-sides[1] // 16))
    assert -(-units // -(-units // 24)) == 24


@pytest.mark.parametrize("size", [(128, 192), (384, 512), (768, 1024)])
def test_a_small_jpeg2000_has_the_bytes_a_pixel_of_a_large_one(size: tuple[int, int]) -> None:
    """Beside its headers, which do not shrink; the published ratio holds at 512×384."""
    picture = fit(packaged_photos()["astronaut"](), *size)
    for ratio in (32, 120, 400):
        data = compression.encode_jpeg2000(picture, ratio)
        coefficients = len(data) - data.index(b"\xff\x93")
        assert coefficients / picture.size == pytest.approx(
            1 / ratio - 240 / (384 * 512 * 3), rel=0.1, abs=60 / picture.size
        )
    images = [compression.decode(compression.encode_jpeg2000(picture, ratio)) for ratio in (120, 400)]
    assert psnr(picture, images[0]) > psnr(picture, images[1]) + 1.5


def test_more_errors_extend_fewer(pixels: np.ndarray) -> None:
    image = from_bytes(pixels)
    results = [transmission.jpeg_transmission(image, r, np.random.default_rng(3)) for r in (1e-12, 1e-3, 1e-2)]
    touched = [(result != results[0]).any(axis=2).mean() for result in results]
    assert touched[0] < touched[1] < touched[2]


def test_fading_flips_as_many_bits_as_rayleigh_theory_says() -> None:
    """The mean bit error rate of BPSK over a Rayleigh channel is ½·(1 − √(γ/(1 + γ)))."""
    flipped = transmission.fading_errors(1_024_000, 10, np.random.default_rng(0))
    assert flipped.mean() == pytest.approx(0.5 * (1 - np.sqrt(10 / 11)), rel=0.1)
    # Errors come in bursts: far more of them share a 256-bit block than chance would put there.
    per_block = flipped.reshape(-1, 256).sum(axis=1)
    assert per_block.var() > 10 * per_block.mean()
