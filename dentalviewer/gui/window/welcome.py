"""What the window shows before anything is open: what to do."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QIcon, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from dentalviewer.gui.widgets.palette import CANVAS_COLOR
from dentalviewer.resources import icons_folder

_TITLE = "Drop a radiograph here"
_WORDS = (
    "PNG, JPEG, TIFF, BMP or DICOM, or a folder of them.\n"
    "Annotations beside it (VoTT, Pascal VOC and others) are found, too."
)


class Welcome(QWidget):
    """Offers the given actions as buttons, and `again`, where it is visible, below."""

    def __init__(
        self, actions: list[QAction], again: QAction, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        # Also while it is not shown it would keep the window as wide as its own words.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.setAutoFillBackground(True)
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Window, CANVAS_COLOR)
        self.setPalette(palette)
        picture = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        icon = QIcon(str(icons_folder() / "dentalviewer-256.png"))
        picture.setPixmap(icon.pixmap(72, 72))
        title = QLabel(_TITLE, alignment=Qt.AlignmentFlag.AlignCenter)
        title.setObjectName("welcomeTitle")
        words = QLabel(_WORDS, alignment=Qt.AlignmentFlag.AlignCenter)
        words.setObjectName("welcomeWords")
        words.setWordWrap(True)
        row = QHBoxLayout()
        row.addStretch(1)
        for action in actions:
            button = QPushButton(action.text().replace("&", ""))
            button.clicked.connect(action.trigger)
            row.addWidget(button)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setSpacing(14)
        layout.addStretch(1)
        for widget in (picture, title, words):
            layout.addWidget(widget)
        layout.addSpacing(8)
        layout.addLayout(row)
        self._continue = again.text()
        self._again = QPushButton()
        self._again.setAccessibleName(self._continue)
        self._again.setToolTip(again.toolTip())
        self._again.clicked.connect(again.trigger)
        layout.addWidget(self._again, alignment=Qt.AlignmentFlag.AlignHCenter)
        self._again.setVisible(again.isVisible())
        layout.addStretch(2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._name_what_fits()

    def _name_what_fits(self) -> None:
        """What was open last may have a name that is too wide for the window."""
        button, edges = self._again, self.contentsMargins()
        layout = self.layout()
        if layout is not None:
            edges += layout.contentsMargins()
        button.setText(self._continue)
        metrics = button.fontMetrics()
        shown = Qt.TextFlag.TextShowMnemonic
        words = metrics.size(shown, self._continue).width()
        around = button.sizeHint().width() - words + edges.left() + edges.right()
        right = Qt.TextElideMode.ElideRight
        room = max(self.width() - around, 1)
        button.setText(metrics.elidedText(self._continue, right, room, shown))
