"""Where the street's parts lie, in metres (see `nvr_demo.scene.view`)."""

from __future__ import annotations

ROAD_LEFT = -1.5
"""Left kerb of the road that runs away from the camera."""
ROAD_RIGHT = 5.5
"""Right kerb of that road."""
ROAD_MIDDLE = 2.0
"""Its centre line."""
TOWARDS_LANE = 0.25
"""Middle of the lane of cars that come towards the camera."""
AWAY_LANE = 3.75
"""Middle of the lane of cars that drive away."""
CROSS_NEAR = 13.0
"""Near kerb of the crossing street."""
CROSS_FAR = 20.0
"""Far kerb of the crossing street."""
RIGHTWARD_LANE = 15.0
"""Middle of the crossing street's lane of cars driving to the right."""
LEFTWARD_LANE = 18.2
"""Middle of the crossing street's lane of cars driving to the left."""
ZEBRA_NEAR = 10.2
"""Near edge of the zebra crossing over the road."""
ZEBRA_FAR = 12.4
"""Far edge of the zebra crossing."""
FACADES = 23.6
"""Distance of the house fronts."""
ALLEY_LEFT = -3.6
"""Right end of the left houses."""
ALLEY_RIGHT = 7.6
"""Left end of the right houses."""
VANISHING = 95.0
"""Where the road is lost in the haze."""
CYCLE_S = 24
"""Length of one turn of the traffic lights, in seconds; the scene's unit of repetition."""
CROSSING_GREEN_S = 11.0
"""Second of the turn from which people and crossing cars may go; before it the road has green."""
