"""Configuration of the demo's contributions."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nvr_demo.scene.light import Weather
from nvr_sdk import PluginConfig, hint

Mode = Literal["live", "loop"]


class DemoSourceConfig(PluginConfig):
    """Settings of the demo source as a whole: there are none."""


class DemoRoutesConfig(PluginConfig):
    """Settings of the demo's API routes: there are none."""


class DemoCamera(PluginConfig):
    """One demo camera. Every field has a default, so it can be added with no input at all."""

    mode: Mode = Field(
        default="live",
        title="Mode",
        description="live: drawn and encoded as you watch, with the time of day, in a small "
        "picture. loop: a 24-second turn in a large picture, made once and repeated at almost no "
        "cost; at its first start the picture stands still for some seconds.",
        json_schema_extra=hint(order=1, widget="select"),
    )
    weather: Weather = Field(
        default="day",
        title="Scene",
        description="Light and weather of the street.",
        json_schema_extra=hint(order=2, widget="select"),
    )
    seed: int = Field(
        default=1,
        ge=1,
        le=9999,
        title="Street number",
        description="Each number is another street, with other houses, cars and people.",
        json_schema_extra=hint(order=3),
    )
    substream: bool = Field(
        default=True,
        title="Second, smaller stream",
        description="Offer a small picture beside the large one, as most cameras do.",
        json_schema_extra=hint(order=4, advanced=True),
    )
