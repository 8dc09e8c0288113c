"""The demo's lens: from metres on the street to pixels of a picture.

The ground is a plane. ``x`` counts metres to the right of the camera, ``z`` metres away from it;
heights count up from the ground.
"""

from __future__ import annotations

from dataclasses import dataclass

from nvr_demo.scene.canvas import Point

_FOCAL = 1.2
_HORIZON = 0.34
_CAMERA_HEIGHT = 3.2


@dataclass(frozen=True, slots=True)
class View:
    """A picture size and how the street is projected on it."""

    width: int
    """Pixels per row."""
    height: int
    """Rows."""

    def scale(self, z: float) -> float:
        """Pixels per metre at a distance."""
        return _FOCAL * self.height / z

    def point(self, x: float, z: float, up: float = 0.0) -> Point:
        """Give the pixel of a point in the street."""
        scale = self.scale(z)
        column = self.width / 2 + x * scale
        return column, self.height * _HORIZON + (_CAMERA_HEIGHT - up) * scale

    @property
    def horizon(self) -> float:
        """Row of the horizon."""
        return self.height * _HORIZON
