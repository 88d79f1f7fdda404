"""A coloured drawing cut out of its picture, as the emoji judge looks at it: what differs from the colour behind it, with
what that encloses, fitted into 52 of 64 pixels over white. No drawing is expected to have one colour, and a bare one may
well be round, so whether something is a container is asked only where the prompt wants one."""
import numpy as np
from scipy import ndimage

import palette
from extract import _CROSS, extract, fitting

FAINT, CLEAR = 6, 20  # Lab distances from what is behind at which a pixel begins to be of the drawing, and is all of it
LEAST = 12  # pixels; less is nothing


def cut_out(image, container):
    """image uint8 [64,64,3] and the container asked for -> (seen, drawing). `seen` as in `extract`, with a bare drawing's own
    outline taken for no container; drawing [4,64,64] in 0..1, colours over white and coverage, or None."""
    seen = extract(image)
    if container == "none":
        seen |= dict(container="none", bg=seen["canvas"], back_rgb=seen["canvas_rgb"], region=np.ones((64, 64), bool))
    region = seen["region"] if seen["container"] == "none" else ndimage.binary_erosion(seen["region"], _CROSS)  # its soft edge is no drawing
    rgb = image.astype(np.float64)
    away = np.linalg.norm(palette.lab(rgb) - palette.lab(seen["back_rgb"]), axis=-1)
    ink = ndimage.uniform_filter(((away > CLEAR) & region).astype(float), 3, mode="constant") > 0.4  # no specks
    body = ndimage.binary_fill_holes(ink, _CROSS) & region
    if body.sum() < LEAST:
        return seen, None
    faint = np.clip((away - FAINT) / (CLEAR - FAINT), 0, 1) * (ndimage.binary_dilation(body, _CROSS) & region)
    coverage = np.maximum(faint, body)
    where = fitting(body)
    over_white = [channel * coverage + 255 * (1 - coverage) for channel in rgb.transpose(2, 0, 1)]
    fitted = [ndimage.map_coordinates(channel, where, order=1, mode="constant", cval=255) / 255 for channel in over_white]
    return seen, np.stack([*fitted, ndimage.map_coordinates(coverage, where, order=1, mode="constant")]).astype(np.float32)
