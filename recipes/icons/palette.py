"""The twelve colours, their distances, and which pairs may touch."""
import numpy as np

COLOURS = {
    "red": "e53935", "orange": "fb8c00", "yellow": "fdd835", "green": "43a047", "teal": "26c6da", "blue": "1e62e0",
    "purple": "8e24aa", "pink": "f48fb1", "brown": "6d4c41", "gray": "9e9e9e", "black": "111111", "white": "ffffff",
}
NAMES = list(COLOURS)
WHITE = NAMES.index("white")
RGB = np.array([[int(h[i:i + 2], 16) for i in (0, 2, 4)] for h in COLOURS.values()], np.float64)


def lab(rgb):
    """CIE Lab (D65) of rows of 0..255 RGB."""
    c = np.asarray(rgb, np.float64) / 255
    c = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    xyz = c @ np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]).T
    xyz = xyz / np.array([0.95047, 1, 1.08883])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1)


_LAB = lab(RGB)
DISTANCE = np.linalg.norm(_LAB[:, None] - _LAB[None], axis=-1)
MAY_TOUCH = DISTANCE >= 45  # touching colours must differ clearly: 118 ordered pairs
PAIRS = [(a, b) for a in range(12) for b in range(12) if MAY_TOUCH[a, b]]
