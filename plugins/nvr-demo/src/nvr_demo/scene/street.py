"""Draws the street at any time."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import cv2
import numpy as np

from nvr_demo.scene import cars, light, traffic
from nvr_demo.scene.backdrop import draw_backdrop
from nvr_demo.scene.canvas import Canvas, Pen, Pixels
from nvr_demo.scene.cars import CarLook
from nvr_demo.scene.dogs import DogLook, draw_dog
from nvr_demo.scene.layout import CYCLE_S
from nvr_demo.scene.light import Weather
from nvr_demo.scene.people import PersonLook, draw_person
from nvr_demo.scene.plates import plate_picture
from nvr_demo.scene.props import Prop, make_props
from nvr_demo.scene.traffic import Placed
from nvr_demo.scene.view import View

PlateBook = Callable[[CarLook], Pixels]


class Street:
    """One street in one weather and picture size. Not for more than one thread at a time."""

    def __init__(self, seed: int, weather: Weather, view: View, *, looped: bool) -> None:
        self._seed = seed
        self._weather: Weather = weather
        self._view = view
        self._looped = looped
        self._paint = partial(light.toned, weather=weather)
        self._backdrop = draw_backdrop(seed, weather, view)
        self._props = make_props(seed, view, self._paint)
        self._glow = light.Glow()
        self._plates: dict[str, Pixels] = {}

    def picture(self, second: float) -> Pixels:
        """Draw the moment ``second`` (since the Unix epoch) as a BGR picture of one's own."""
        pixels = self._backdrop.copy()
        placed = traffic.placed_at(self._seed, second, looped=self._looped)
        for actor in placed:
            self._shadow(pixels, actor)
        waiting = list(self._props)
        for actor in placed:
            while waiting and waiting[0].z >= actor.z:
                lay(pixels, waiting.pop(0))
            draw_actor(Canvas(pixels, self._paint), self._view, actor, self._plate)
            if self._weather == "night" and isinstance(actor.look, CarLook):
                self._headlights(pixels, actor)
        for prop in waiting:
            lay(pixels, prop)
        if self._weather == "rain":
            moment = math.fmod(second, CYCLE_S) if self._looped else second
            light.draw_rain(pixels, self._view, self._seed, moment)
        return pixels

    def _plate(self, look: CarLook) -> Pixels:
        picture = self._plates.get(look.plate)
        if picture is None:
            if len(self._plates) >= 32:
                self._plates.clear()
            picture = plate_picture(look.plate, yellow=look.yellow_plate)
            picture = light.tone_picture(picture, self._weather)
            self._plates[look.plate] = picture
        return picture

    def _shadow(self, pixels: Pixels, actor: Placed) -> None:
        x, y = self._view.point(actor.x, actor.z)
        scale = self._view.scale(actor.z)
        half = _half_width(actor) * scale
        drop = max(1.0, scale * (0.24 if isinstance(actor.look, CarLook) else 0.1))
        y -= drop * 0.35
        offset = 0.12 * half if self._weather == "day" else 0.0
        left, right = math.floor(x - half * 1.2), math.ceil(x + half * 1.2 + offset)
        top, bottom = math.floor(y - drop), math.ceil(y + drop)
        left, top = max(0, left), max(0, top)
        region = pixels[top : max(top, bottom), left : max(left, right)]
        if not region.size:
            return
        dark = cv2.convertScaleAbs(region, alpha=0.5 if self._weather == "day" else 0.7)
        mask = np.zeros(region.shape[:2], np.uint8)
        canvas = Canvas(mask, lambda _colour: 255)
        canvas.ellipse((x + offset - left, y - top), (half * 1.08, drop * 0.8), (0, 0, 0))
        cv2.copyTo(dark, mask, region)

    def _headlights(self, pixels: Pixels, actor: Placed) -> None:
        scale = self._view.scale(actor.z)
        aspect = _aspect(actor.heading)
        if aspect == "front":
            for side in (-0.7, 0.7):
                x, y = self._view.point(actor.x + side, actor.z, 0.69)
                self._glow.add(pixels, x, y, (scale * 0.8, scale * 0.8), (150, 190, 200))
            x, y = self._view.point(actor.x, actor.z)
            self._glow.add(pixels, x, y + 0.1 * scale, (scale * 1.6, scale * 0.5), (60, 80, 86))
        elif aspect == "rear":
            for side in (-0.7, 0.7):
                x, y = self._view.point(actor.x + side, actor.z, 0.69)
                self._glow.add(pixels, x, y, (scale * 0.45, scale * 0.45), (10, 10, 140))
        else:
            sign = 1 if aspect == "right" else -1
            reach = _half_width(actor)
            x, y = self._view.point(actor.x + sign * (reach + 1.3), actor.z, 0.1)
            self._glow.add(pixels, x, y, (scale * 2.0, scale * 0.4), (90, 120, 130))


def lay(pixels: Pixels, prop: Prop) -> None:
    """Lay a prop over a picture of its size."""
    rows, columns = prop.mask.shape
    region = pixels[prop.top : prop.top + rows, prop.left : prop.left + columns]
    cv2.copyTo(prop.pixels, prop.mask, region)


def draw_actor(canvas: Canvas, view: View, actor: Placed, plate: PlateBook) -> None:
    """Draw one actor, in colour or as a silhouette, whatever the canvas is for."""
    x, y = view.point(actor.x, actor.z)
    scale = view.scale(actor.z)
    look = actor.look
    if isinstance(look, PersonLook):
        draw_person(Pen(canvas, x, y, scale), look, actor.heading, actor.travelled, actor.moving)
    elif isinstance(look, DogLook):
        mirror = math.cos(actor.heading) < 0
        draw_dog(Pen(canvas, x, y, scale, mirror), look, actor.travelled, actor.moving)
    else:
        aspect = _aspect(actor.heading)
        if aspect in ("left", "right"):
            pen = Pen(canvas, x, y, scale, mirror=aspect == "left")
            cars.draw_side(pen, look, actor.travelled, not actor.moving)
        else:
            picture = plate(look) if look.plate else None
            cars.draw_end(Pen(canvas, x, y, scale), look, aspect == "front", False, picture)


def shows_plate(actor: Placed) -> bool:
    """Tell whether an actor's number plate faces the camera."""
    look = actor.look
    return (
        isinstance(look, CarLook)
        and bool(look.plate)
        and _aspect(actor.heading)
        in (
            "front",
            "rear",
        )
    )


def _aspect(heading: float) -> cars.Aspect:
    if abs(math.cos(heading)) > 0.7:
        return "right" if math.cos(heading) > 0 else "left"
    return "rear" if math.sin(heading) > 0 else "front"


def _half_width(actor: Placed) -> float:
    if isinstance(actor.look, CarLook):
        return actor.look.length / 2 if _aspect(actor.heading) in ("left", "right") else 0.95
    return 0.55 if isinstance(actor.look, DogLook) else 0.32
