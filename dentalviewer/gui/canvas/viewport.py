"""Which part of a radiograph is in sight, and how large. Pure values."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dentalviewer.geometry import Box, Size

MAX_SCALE = 40.0
KEEP_IN_SIGHT = 60
# The share of the widget's height that counts as seen at the least: what covers more
# leaves no room to show anything in, and does not stay.
LEAST_SEEN = 1 / 6


@dataclass(frozen=True, slots=True)
class Viewport:
    """Maps radiograph pixels to widget points: widget = radiograph * scale + offset."""

    scale: float = 1.0
    x_offset: float = 0.0
    y_offset: float = 0.0

    @classmethod
    def fitting(cls, radiograph: Size, widget: Size, margin: int = 12) -> Viewport:
        """The whole radiograph, centred, as large as it can be."""
        scale = min(
            max(widget.width - 2 * margin, 1) / radiograph.width,
            max(widget.height - 2 * margin, 1) / radiograph.height,
        )
        return cls.centred(radiograph, widget, scale)

    @classmethod
    def centred(cls, radiograph: Size, widget: Size, scale: float) -> Viewport:
        return cls(
            scale,
            (widget.width - radiograph.width * scale) / 2,
            (widget.height - radiograph.height * scale) / 2,
        )

    @classmethod
    def around(
        cls, box: Box, widget: Size, *, share: float = 0.3, top: int = 0
    ) -> Viewport:
        """A box in the middle, filling `share` of what is seen of the widget's width or
        height; nothing is seen above `top`, in points of the widget.
        """
        height = _seen_height(widget, top)
        scale = min(
            share * widget.width / box.width, share * height / box.height, MAX_SCALE
        )
        x, y = box.center
        middle = widget.height - height / 2
        return cls(scale, widget.width / 2 - x * scale, middle - y * scale)

    def to_widget(self, x: float, y: float) -> tuple[float, float]:
        return x * self.scale + self.x_offset, y * self.scale + self.y_offset

    def to_radiograph(self, x: float, y: float) -> tuple[float, float]:
        return (x - self.x_offset) / self.scale, (y - self.y_offset) / self.scale

    def box_to_widget(self, box: Box) -> Box:
        return box.scaled(self.scale, self.scale).moved(self.x_offset, self.y_offset)

    def zoomed(self, factor: float, x: float, y: float, *, least: float) -> Viewport:
        """Zoom so that the point under (x, y) of the widget stays where it is."""
        scale = min(max(self.scale * factor, least), MAX_SCALE)
        radiograph_x, radiograph_y = self.to_radiograph(x, y)
        return Viewport(scale, x - radiograph_x * scale, y - radiograph_y * scale)

    def carried_over(self, before: Size, after: Size, widget: Size) -> Viewport:
        """The same part of another radiograph, as shares of its width and height."""
        scale = self.scale * before.width / after.width
        x, y = self.to_radiograph(widget.width / 2, widget.height / 2)
        x, y = x * after.width / before.width, y * after.height / before.height
        return Viewport(
            scale, widget.width / 2 - x * scale, widget.height / 2 - y * scale
        )

    def panned(self, dx: float, dy: float) -> Viewport:
        return replace(self, x_offset=self.x_offset + dx, y_offset=self.y_offset + dy)

    def kept_in_sight(self, radiograph: Size, widget: Size) -> Viewport:
        """Moved back as little as needed for part of the radiograph to stay visible."""
        width, height = radiograph.width * self.scale, radiograph.height * self.scale
        x = min(max(self.x_offset, KEEP_IN_SIGHT - width), widget.width - KEEP_IN_SIGHT)
        y = min(
            max(self.y_offset, KEEP_IN_SIGHT - height), widget.height - KEEP_IN_SIGHT
        )
        return Viewport(self.scale, x, y)

    def around_whole(self, radiograph: Size, widget: Size) -> Box | None:
        """What a widget shows that has the whole radiograph in its middle, as large as
        it is now: in points from the radiograph's corner. None if it is too large.
        """
        place = self.centred(radiograph, widget, self.scale)
        if place.x_offset < 0 or place.y_offset < 0:
            return None
        seen = Box(0, 0, widget.width, widget.height)
        return seen.moved(-place.x_offset, -place.y_offset)

    def showing(self, box: Box, widget: Size, *, top: int = 0) -> Viewport:
        """Centred on a box if it is not wholly in sight, else unchanged; nothing is
        seen above `top`, in points of the widget.
        """
        seen = self.box_to_widget(box)
        if (
            seen.x_min >= 0
            and seen.y_min >= top
            and seen.x_max <= widget.width
            and seen.y_max <= widget.height
        ):
            return self
        x, y = box.center
        middle = widget.height - _seen_height(widget, top) / 2
        return Viewport(
            self.scale, widget.width / 2 - x * self.scale, middle - y * self.scale
        )


def _seen_height(widget: Size, top: int) -> float:
    """Of what is below `top`."""
    return max(widget.height - top, widget.height * LEAST_SEEN)
