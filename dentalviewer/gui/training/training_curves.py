"""How a training goes: the loss, and how well each class is found, by epoch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from dentalviewer.gui.widgets.palette import label_color
from dentalviewer.labels import display_name

Row = Mapping[str, float]

_MEAN = "treatments_mean_ap50"
_AP50 = "ap50_"
_MARGINS = (40, 26, 14, 26)  # left, top, right, bottom
_GAP = 28
_LINES = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True, slots=True)
class Curve:
    """Points of epoch and value, and the class it is of, "" for the loss or mean."""

    name: str
    label: str
    points: tuple[tuple[float, float], ...]


def loss_curve(rows: Sequence[Row]) -> Curve:
    """All losses together."""
    points = [
        (row["epoch"], sum(losses))
        for row in rows
        if (losses := [v for n, v in row.items() if n.endswith("loss")])
    ]
    return Curve("loss", "", tuple(points))


def score_curves(rows: Sequence[Row]) -> list[Curve]:
    """AP50 of each class, then their mean."""
    columns = dict.fromkeys(
        name for row in rows for name in row if name.startswith(_AP50)
    )
    curves = [
        Curve(display_name(label), label, _points(rows, name))
        for name in columns
        for label in (name.removeprefix(_AP50),)
    ]
    mean = Curve("mean", "", _points(rows, _MEAN))
    return [*curves, mean] if mean.points and len(curves) > 1 else curves


def _points(rows: Sequence[Row], column: str) -> tuple[tuple[float, float], ...]:
    return tuple((row["epoch"], row[column]) for row in rows if column in row)


def _round_above(value: float) -> float:
    """The next number that an axis may well end at: 0.2, 0.3, 0.4, 0.6, 0.8, 1 ..."""
    power = 10.0 ** math.floor(math.log10(value)) if value > 0 else 1.0
    return next(
        step * power for step in (1, 2, 3, 4, 6, 8, 10) if step * power >= value
    )


class TrainingCurves(QWidget):
    """Two charts beside each other; says in words what it shows, too."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._loss = Curve("loss", "", ())
        self._scores: list[Curve] = []
        self.setMinimumSize(self.minimumSizeHint())
        self.show_rows(())

    def show_rows(self, rows: Sequence[Row]) -> None:
        whole = [row for row in rows if "epoch" in row]
        self._loss, self._scores = loss_curve(whole), score_curves(whole)
        self.setAccessibleName("Learning curves")
        self.setAccessibleDescription(self.in_words)
        self.update()

    @property
    def in_words(self) -> str:
        """The newest values."""
        said = [
            f"{curve.name} {curve.points[-1][1]:.2f}"
            for curve in (self._loss, *self._scores)
            if curve.points
        ]
        return ", ".join(said)

    def minimumSizeHint(self) -> QSize:
        return QSize(420, 190)

    def sizeHint(self) -> QSize:
        return QSize(620, 240)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left, top, right, bottom = _MARGINS
        legend = self._legend_width()
        width = (self.width() - 2 * left - 2 * right - _GAP - legend) / 2
        height = self.height() - top - bottom
        first = QRectF(left, top, width, height)
        second = QRectF(2 * left + width + right + _GAP, top, width, height)
        most = _round_above(max((value for _, value in self._loss.points), default=1.0))
        self._paint_chart(painter, first, "Loss", [self._loss], most)
        self._paint_chart(
            painter, second, "Found on what is held out (AP50)", self._scores, 1.0
        )
        self._paint_legend(painter, QPointF(second.right() + 10, second.top()))

    def _legend_width(self) -> float:
        names = [curve.name for curve in self._scores]
        widest = max(
            (self.fontMetrics().horizontalAdvance(n) for n in names), default=0
        )
        return widest + 36.0 if names else 0.0

    def _paint_chart(
        self,
        painter: QPainter,
        area: QRectF,
        title: str,
        curves: Sequence[Curve],
        most: float,
    ) -> None:
        muted = self.palette().color(QPalette.ColorRole.PlaceholderText)
        text = self.palette().color(QPalette.ColorRole.WindowText)
        last = max((c.points[-1][0] for c in curves if c.points), default=1.0)
        first = min((c.points[0][0] for c in curves if c.points), default=0.0)
        span = max(last - first, 1.0)
        painter.setPen(text)
        painter.drawText(QPointF(area.left() - 30, area.top() - 10), title)
        faint = QColor(muted)
        faint.setAlphaF(0.25)
        high = self.fontMetrics().height()
        for share in _LINES:
            y = area.bottom() - share * area.height()
            painter.setPen(QPen(faint, 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(muted)
            painter.drawText(
                QRectF(area.left() - 40, y - high / 2, 34, high),
                Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                f"{share * most:.2f}",
            )
        for x, epoch, side in (
            (area.left(), first, Qt.AlignmentFlag.AlignLeft),
            (area.right() - 90, last, Qt.AlignmentFlag.AlignRight),
        ):
            painter.drawText(
                QRectF(x, area.bottom() + 4, 90, high), side, f"epoch {epoch:.0f}"
            )
        for curve in curves:
            points = [
                QPointF(
                    area.left() + (epoch - first) / span * area.width(),
                    area.bottom() - value / most * area.height(),
                )
                for epoch, value in curve.points
            ]
            self._paint_curve(painter, curve, points)

    def _paint_curve(
        self, painter: QPainter, curve: Curve, points: Sequence[QPointF]
    ) -> None:
        color = self._color(curve)
        painter.setPen(QPen(color, 2.4 if not curve.label else 1.6))
        if len(points) > 1:
            painter.drawPolyline(QPolygonF(list(points)))
        if points:
            painter.setBrush(color)
            painter.drawEllipse(points[-1], 2.5, 2.5)
            painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_legend(self, painter: QPainter, corner: QPointF) -> None:
        high = self.fontMetrics().height() + 6
        for row, curve in enumerate(self._scores):
            y = corner.y() + row * high + high / 2
            painter.setPen(QPen(self._color(curve), 2.4))
            painter.drawLine(QPointF(corner.x(), y), QPointF(corner.x() + 16, y))
            painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
            painter.drawText(QPointF(corner.x() + 22, y + high / 4), curve.name)

    def _color(self, curve: Curve) -> QColor:
        if not curve.label:
            return self.palette().color(QPalette.ColorRole.WindowText)
        color = label_color(curve.label)
        # The colours are for dark radiographs; on light ground they are darkened.
        is_light = self.palette().color(QPalette.ColorRole.Window).lightness() > 128
        return color.darker(150) if is_light else color
