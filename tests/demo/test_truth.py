"""The truth is what was drawn: checked against the pixels."""

from __future__ import annotations

import numpy as np
import pytest

from nvr_demo.scene import layout
from nvr_demo.scene.cars import CarLook
from nvr_demo.scene.street import Street
from nvr_demo.scene.traffic import placed_at
from nvr_demo.scene.view import View
from nvr_demo.truth import Truth
from nvr_sdk import Box

VIEW = View(640, 360)
START = 1_790_000_000 // layout.CYCLE_S * layout.CYCLE_S


def cut(pixels: np.ndarray, box: Box, margin: int = 0) -> np.ndarray:
    left, right = round(box.left * VIEW.width) - margin, round(box.right * VIEW.width) + margin
    top, bottom = round(box.top * VIEW.height) - margin, round(box.bottom * VIEW.height) + margin
    return pixels[max(0, top) : bottom, max(0, left) : right]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_pixels_differ_from_the_empty_street_inside_boxes_and_only_there(seed: int) -> None:
    street, truth = Street(seed, "day", VIEW, looped=True), Truth(seed, looped=True)
    moments = [START + second for second in (2.0, 6.0, 13.0, 17.0, 21.0)]
    empty = np.median([street.picture(START + s * 1.7) for s in range(14)], axis=0)
    checked = 0
    for moment in moments:
        changed = np.abs(street.picture(moment) - empty).max(axis=2) > 12
        objects = truth.at(moment)
        for item in objects:
            if item.visible > 0.6 and item.label != "license_plate":
                checked += 1
                assert cut(changed, item.box).mean() > 0.2, (moment, item)
        for item in objects:
            # Shadows reach out of the boxes, to the sides and downwards.
            width = round((item.box.right - item.box.left) * VIEW.width)
            cut(changed, item.box, margin=4 + width // 4)[:] = False
        assert changed.mean() < 0.004, moment
    assert checked >= 10


def test_boxes_lie_tight_around_the_silhouettes() -> None:
    """A person of known height and place has a box of that size."""
    truth = Truth(1, looped=True)
    for step in range(60):
        moment = START + step * 0.4
        placed = {actor.id: actor for actor in placed_at(1, moment, looped=True)}
        for item in truth.at(moment):
            if item.label != "person" or item.truncated:
                continue
            actor = placed[item.id]
            expected = actor.look.height * VIEW.scale(actor.z) / VIEW.height
            assert item.box.bottom - item.box.top == pytest.approx(expected, abs=0.02), item
            foot = VIEW.point(actor.x, actor.z)[1] / VIEW.height
            assert item.box.bottom == pytest.approx(foot, abs=0.02)


def test_all_labels_appear_and_plates_go_with_their_cars() -> None:
    truth = Truth(1, looped=False)
    labels = set()
    for step in range(100):
        objects = truth.at(START + step)
        labels |= {item.label for item in objects}
        cars = {item.id: item for item in objects if item.label == "car"}
        for plate in (item for item in objects if item.label == "license_plate"):
            car = cars[plate.id[:-1]]
            assert plate.text == car.text and len(plate.text) == 7
            assert car.box.left <= plate.box.left and plate.box.right <= car.box.right + 0.002
    assert labels == {"person", "car", "dog", "license_plate"}


def test_who_is_behind_is_said_to_be_hidden() -> None:
    truth = Truth(1, looped=False)
    seen = [item.visible for step in range(200) for item in truth.at(START + step * 0.5)]
    assert min(seen) < 0.6 and max(seen) == 1.0
    assert all(0 <= share <= 1 for share in seen)
    for step in range(200):
        nearest = truth.at(START + step * 0.5)[:1]
        if nearest and nearest[0].box.bottom > 0.76:
            assert nearest[0].visible == 1.0


def test_tracks_join_the_boxes_of_one_id() -> None:
    truth = Truth(4, looped=False)
    tracks = truth.tracks(START, START + 6, 0.5)
    assert len({track.id for track in tracks}) == len(tracks) > 3
    for track in tracks:
        times = [point.time for point in track.points]
        assert times == sorted(times) and all(START <= time <= START + 6 for time in times)
    sample = tracks[0].points[0]
    assert any(item.id == tracks[0].id and item.box == sample.box for item in truth.at(sample.time))


def test_cars_without_a_plate_have_no_text() -> None:
    truth = Truth(1, looped=False)
    for step in range(100):
        moment = START + step
        plateless = {
            actor.id
            for actor in placed_at(1, moment, looped=False)
            if isinstance(actor.look, CarLook) and not actor.look.plate
        }
        for item in truth.at(moment):
            if item.id in plateless:
                assert item.text == ""
