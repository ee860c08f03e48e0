"""Teeth by their FDI number (ISO 3950:2016)."""

from dataclasses import dataclass

MIRRORED_QUADRANT = {1: 2, 2: 1, 3: 4, 4: 3, 5: 6, 6: 5, 7: 8, 8: 7}
PERMANENT_POSITIONS = 8
DECIDUOUS_POSITIONS = 5


@dataclass(frozen=True, slots=True, order=True)
class Tooth:
    """A tooth by quadrant (1-4 permanent, 5-8 deciduous) and position from the midline.

    Quadrants count from the patient's upper right, clockwise as the dentist looks.
    Raises ValueError if there is no such tooth.
    """

    quadrant: int
    position: int

    def __post_init__(self) -> None:
        last = PERMANENT_POSITIONS if self.quadrant <= 4 else DECIDUOUS_POSITIONS
        if self.quadrant not in MIRRORED_QUADRANT or not 1 <= self.position <= last:
            raise ValueError(f"no tooth has the FDI number {self.fdi_number}")

    @classmethod
    def from_fdi(cls, fdi_number: int) -> "Tooth":
        return cls(*divmod(fdi_number, 10))

    @property
    def fdi_number(self) -> int:
        return self.quadrant * 10 + self.position

    def mirrored(self) -> "Tooth":
        """The same tooth on the other side of the midline: 13 becomes 23."""
        return Tooth(MIRRORED_QUADRANT[self.quadrant], self.position)

    def __str__(self) -> str:
        return str(self.fdi_number)
