"""Examine a radiograph with an exported detector: numpy, OpenCV and ONNX Runtime.

    python THIS_FILE DETECTOR.onnx RADIOGRAPH

prints what the detector finds as JSON: label, score, and box (x_min, y_min, x_max,
y_max in pixel edges of the radiograph). The network that finds the dental arches, where
there is one, lies beside the detector as DETECTOR-locator.onnx. Everything else that is
needed stands in the metadata of both.

Where the detector takes several looks, of other sizes or in a mirror, the networks for
these lie beside it too. dentalviewer itself numbers teeth by what is possible in a
mouth, which this does not.
"""

import itertools
import json
import math
import sys
from pathlib import Path

import cv2
import numpy as np
import onnxruntime


def main(detector_path, radiograph_path):
    pixels = read(radiograph_path)
    for finding in examine(Path(detector_path), pixels):
        print(json.dumps(finding))


def read(path):
    """(H, W) or (H, W, 3) red-green-blue, 8 or 16 bit."""
    content = np.fromfile(path, np.uint8)
    pixels = cv2.imdecode(content, cv2.IMREAD_ANYDEPTH | cv2.IMREAD_ANYCOLOR)
    if pixels is None:
        sys.exit(f"{path} cannot be read as a picture")
    return pixels if pixels.ndim == 2 else pixels[:, :, ::-1]


def examine(detector_path, pixels):
    """What is found on a radiograph, best first."""
    detector = Network(detector_path)
    locator_path = detector_path.with_name(
        f"{detector_path.stem}-locator{detector_path.suffix}"
    )
    grey = to_grey(pixels)
    window = None
    if locator_path.is_file():
        grey, window = find_window(Network(locator_path), grey)
    rules = json.loads(detector.told["looks"])
    looks = [
        candidates(
            Network(detector_path.with_name(look["file"])),
            grey,
            window,
            mirrored=look["mirrored"],
        )
        for look in rules["looks"]
    ]
    together = looks[0] if len(looks) == 1 else fused(looks, rules)
    return findings(together, detector)


class Network:
    """An ONNX file: `size` is the (width, height) of its frame."""

    def __init__(self, path):
        providers = ["CPUExecutionProvider"]
        self.session = onnxruntime.InferenceSession(str(path), providers=providers)
        self.told = self.session.get_modelmeta().custom_metadata_map
        height, width = self.session.get_inputs()[0].shape[2:]
        self.size = (width, height)

    def run(self, frame):
        given = frame[None, None].astype(np.float32)
        return self.session.run(None, {"frame": given})


# From a radiograph to the frame that a network sees.


def to_grey(pixels):
    """8 bit grey; of 16 bit the 0.1 and 99.9 percentiles become black and white."""
    if pixels.ndim == 3:
        luma = np.array([0.299, 0.587, 0.114], np.float32)
        # Grey in three channels stays as it is.
        if (pixels == pixels[:, :, :1]).all():
            pixels = pixels[:, :, 0]
        else:
            pixels = (pixels.astype(np.float32) @ luma).round().astype(pixels.dtype)
    pixels = np.ascontiguousarray(pixels)
    if pixels.dtype == np.uint8:
        return pixels
    low, high = np.percentile(pixels[::3, ::3], (0.1, 99.9))
    factor = np.float32(255 / max(float(high - low), 1.0))
    scaled = (pixels.astype(np.float32) - np.float32(low)) * factor
    return np.clip(scaled.round(), 0, 255).astype(np.uint8)


def resized(grey, width, height):
    shrinks = width < grey.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cv2.resize(grey, (width, height), interpolation=method)


def letterbox(grey, size):
    """All of the picture, between black margins.

    With it, as of `crop`: a point at x of the picture is at x * x_factor + left of the
    frame; likewise y.
    """
    height, width = grey.shape
    factor = min(size[0] / width, size[1] / height)
    fitted = max(1, round(width * factor)), max(1, round(height * factor))
    left, top = (size[0] - fitted[0]) // 2, (size[1] - fitted[1]) // 2
    frame = np.zeros((size[1], size[0]), np.uint8)
    frame[top : top + fitted[1], left : left + fitted[0]] = resized(grey, *fitted)
    return frame, (fitted[0] / width, fitted[1] / height, left, top)


def crop(grey, window, size):
    """What the window (x_min, y_min, x_max, y_max) shows, with what lies around it
    where its shape is not the frame's, and black outside the picture.
    """
    height, width = grey.shape
    x_min, y_min, x_max, y_max = window
    factor = min(size[0] / (x_max - x_min), size[1] / (y_max - y_min))
    left = (x_min + x_max) / 2 - size[0] / factor / 2
    top = (y_min + y_max) / 2 - size[1] / factor / 2
    x_min, y_min = max(0, math.floor(left)), max(0, math.floor(top))
    x_max = min(width, math.ceil(left + size[0] / factor))
    y_max = min(height, math.ceil(top + size[1] / factor))
    if x_max <= x_min or y_max <= y_min:
        return letterbox(grey, size)
    fitted = (
        max(1, round((x_max - x_min) * factor)),
        max(1, round((y_max - y_min) * factor)),
    )
    part = resized(grey[y_min:y_max, x_min:x_max], *fitted)
    to_left, to_top = round((x_min - left) * factor), round((y_min - top) * factor)
    part = part[max(0, -to_top) :, max(0, -to_left) :]
    inside_left, inside_top = max(0, to_left), max(0, to_top)
    part = part[: size[1] - inside_top, : size[0] - inside_left]
    frame = np.zeros((size[1], size[0]), np.uint8)
    rows, columns = part.shape
    frame[inside_top:, inside_left:][:rows, :columns] = part
    x_factor, y_factor = fitted[0] / (x_max - x_min), fitted[1] / (y_max - y_min)
    left, top = to_left - x_min * x_factor, to_top - y_min * y_factor
    return frame, (x_factor, y_factor, left, top)


def stretched(frame):
    """The 0.5 and 99.5 percentiles of the frame become black and white."""
    counts = cv2.calcHist([frame], [0], None, [256], [0, 256]).ravel().cumsum()
    black = int(np.searchsorted(counts, counts[-1] * 0.5 / 100))
    white = int(np.searchsorted(counts, counts[-1] * 99.5 / 100))
    ramp = (np.arange(256) - black) * (255 / max(white - black, 1))
    return cv2.LUT(frame, np.clip(ramp.round(), 0, 255).astype(np.uint8))


def halved_to(grey, least_width):
    """Halved as often as it stays so wide, and by how much it is smaller then."""
    factor = 1
    while grey.shape[1] >= 2 * least_width and grey.shape[0] >= 2:
        height, width = grey.shape[0] // 2, grey.shape[1] // 2
        whole = grey[: height * 2, : width * 2]
        grey = cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA)
        factor *= 2
    return grey, factor


# Where the dental arches are, and whether the radiograph is inverted.


def find_window(locator, grey):
    """The picture, turned back if it is inverted, and the window of the arches."""
    window, clearness = locate(locator, grey)
    if "polarity" not in locator.told:
        return grey, window
    polarity = json.loads(locator.told["polarity"])
    odds, sure = log_odds(polarity, grey, window), polarity["sure"]
    if odds > sure and clearness >= polarity["clear"]:
        return grey, window
    inverse = 255 - grey
    other, other_clearness = locate(locator, inverse, in_parts=odds < -sure)
    gained = log_odds(polarity, inverse, other) - odds
    gained += polarity["clearness_worth"] * (other_clearness - clearness)
    if gained > polarity["clearly_better"]:
        return inverse, other
    return grey, window


def locate(locator, grey, in_parts=True):
    """The window, by all of the picture or else by parts of it; how clear it is."""
    rules = json.loads(locator.told["window"])
    coarse, factor = halved_to(grey, 2 * locator.size[0])
    whole = looked_closer(locator, coarse, letterbox(coarse, locator.size), rules)
    best = whole
    for share in rules["parts"] if in_parts else ():
        if best[1] >= rules["clear"]:
            break
        for part in parts(coarse, share):
            shown = crop(coarse, part, locator.size)
            found = looked_closer(locator, coarse, shown, rules)
            best = max(best, found, key=lambda each: each[1])
    is_clearer = best[1] >= whole[1] + rules["clearer"]
    unit = (best[0][2] - best[0][0]) / (rules["right"] - rules["left"])
    is_small = unit <= rules["small"] * coarse.shape[0]
    window, clearness = best if is_clearer and is_small else whole
    return tuple(factor * edge for edge in window), clearness


def parts(grey, share):
    """Each half over the next."""
    height, width = share * grey.shape[0], share * grey.shape[1]
    steps = range(round(2 / share) - 1)
    for row, column in itertools.product(steps, steps):
        x, y = column * width / 2, row * height / 2
        yield (x, y, x + width, y + height)


def looked_closer(locator, grey, shown, rules):
    """By what is shown, then by what lies around the window found there."""
    window, _ = window_of(locator, *shown, rules)
    around = enlarged(window, rules["second_look"])
    return window_of(locator, *crop(grey, around, locator.size), rules)


def enlarged(window, factor):
    center_x, center_y = (window[0] + window[2]) / 2, (window[1] + window[3]) / 2
    half_width = (window[2] - window[0]) / 2 * factor
    half_height = (window[3] - window[1]) / 2 * factor
    return (
        center_x - half_width,
        center_y - half_height,
        center_x + half_width,
        center_y + half_height,
    )


def window_of(locator, frame, placement, rules):
    """The arches' mean landmark is their origin, their breadth the unit of length."""
    points, clearness = locator.run(frame)
    x_factor, y_factor, left, top = placement
    x = (points[0, :, 0].astype(float) * frame.shape[1] - left) / x_factor
    y = (points[0, :, 1].astype(float) * frame.shape[0] - top) / y_factor
    scale = max(x[1] - x[0], 1.0)
    window = (
        x.mean() + rules["left"] * scale,
        y.mean() + rules["top"] * scale,
        x.mean() + rules["right"] * scale,
        y.mean() + rules["bottom"] * scale,
    )
    return window, float(clearness[0])


def log_odds(polarity, grey, window):
    """How surely the picture is not inverted; below 0 it rather is."""
    size = polarity["width"], polarity["height"]
    coarse, factor = halved_to(grey, 8 * size[0])
    window = tuple(edge / factor for edge in window)
    shown, _ = crop(coarse, window, size)
    inside, _ = crop(np.full_like(coarse, 255), window, size)
    part = inside.ravel() > 127
    values = shown.ravel().astype(np.float32)
    if not part.any():
        return 0.0
    known = values[part]
    spread = max(float(known.std()), 1.0)
    look = np.where(part, (values - known.mean()) / spread, 0)
    return float(look @ np.array(polarity["weights"]))


# From boxes and scores to findings.


def candidates(network, grey, window, *, mirrored):
    """What one look finds: (score, label, box on the radiograph), best first."""
    if window is None:
        frame, placement = letterbox(grey, network.size)
    else:
        frame, placement = crop(grey, window, network.size)
    frame = stretched(frame)
    boxes, scores = network.run(frame[:, ::-1] if mirrored else frame)
    boxes, scores = boxes[0].astype(float), scores[0]
    if mirrored:
        boxes[:, [0, 2]] = network.size[0] - boxes[:, [2, 0]]
    return placed(boxes, scores, placement, grey.shape, network)


def placed(boxes, scores, placement, shape, detector):
    """Loosely suppressed by the raw scores."""
    labels = json.loads(detector.told["label_list"])
    rules = json.loads(detector.told["candidates"])
    boxes[:, ::2] = boxes[:, ::2].clip(0, detector.size[0])
    boxes[:, 1::2] = boxes[:, 1::2].clip(0, detector.size[1])
    rows, columns = np.nonzero(scores >= rules["least_score"])
    raw = [
        (float(scores[row, column]), labels[column], boxes[row])
        for row, column in zip(rows, columns, strict=True)
    ]
    raw.sort(key=lambda found: -found[0])
    raw = suppressed(raw[: rules["most_before"]], rules["loose_nms_iou"])
    found = []
    for score, label, box in raw[: rules["most"]]:
        on_radiograph = to_radiograph(box, placement, shape)
        if on_radiograph is None or min(box[2:] - box[:2]) < rules["least_side"]:
            continue
        found.append((score, label, on_radiograph))
    return found


def fused(looks, rules):
    """The mean of several looks, as the metadata has it."""
    found = [
        (score, label, box, look)
        for look, candidates_of_it in enumerate(looks)
        for score, label, box in candidates_of_it
    ]
    found.sort(key=lambda each: -each[0])
    places = []
    for score, label, box, look in found:
        alike = [place for place in places if place["label"] == label]
        place = max(alike, key=lambda known: iou(box, known["box"]), default=None)
        if place is None or iou(box, place["box"]) <= rules["same_place_iou"]:
            places.append({"label": label, "box": box, "looks": {look: (score, box)}})
        elif look not in place["looks"]:
            place["looks"][look] = score, box
            weights, boxes = zip(*place["looks"].values(), strict=True)
            place["box"] = np.average(boxes, axis=0, weights=weights)
    together = [
        (
            sum(score for score, _ in place["looks"].values()) / len(looks),
            place["label"],
            place["box"],
        )
        for place in places
    ]
    return [each for each in together if each[0] >= rules["least_score"]]


def findings(together, detector):
    """What is shown by the detector's settings."""
    settings = json.loads(detector.told["settings"])
    calibrations = json.loads(detector.told["calibrations"])
    shown = []
    for score, label, box in together:
        if label in calibrations:
            score = calibrated(score, **calibrations[label])
        threshold = settings["thresholds"].get(label, settings["default_threshold"])
        if score >= threshold:
            shown.append((score, label, box))
    shown.sort(key=lambda found: -found[0])
    kept = suppressed(shown, settings["nms_iou"])[: settings["max_findings"]]
    return [
        {"label": label, "score": score, "box": [float(edge) for edge in box]}
        for score, label, box in kept
    ]


def to_radiograph(box, placement, shape):
    x_factor, y_factor, left, top = placement
    limits = np.array([shape[1], shape[0]] * 2)
    moved = (box - [left, top] * 2) / ([x_factor, y_factor] * 2)
    inside = moved.clip(0, limits)
    return inside if (inside[2:] > inside[:2]).all() else None


def calibrated(score, slope, offset):
    """The share of findings with that score that are right."""
    score = min(max(score, 1e-4), 1 - 1e-4)
    x = slope * math.log(score / (1 - score)) + offset
    return (1 + math.tanh(x / 2)) / 2


def suppressed(found, most_iou):
    """Of two of one label that overlap by more, the better; they come best first."""
    kept = []
    for score, label, box in found:
        rivals = [other for _, name, other in kept if name == label]
        if all(iou(box, rival) <= most_iou for rival in rivals):
            kept.append((score, label, box))
    return kept


def iou(a, b):
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    areas = ((box[2] - box[0]) * (box[3] - box[1]) for box in (a, b))
    return width * height / (sum(areas) - width * height)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(f"usage: python {sys.argv[0]} DETECTOR.onnx RADIOGRAPH")
    main(*sys.argv[1:])
