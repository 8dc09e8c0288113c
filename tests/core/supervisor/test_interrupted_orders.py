"""Orders are finished also when who gave them dies before the answer."""

from __future__ import annotations

import asyncio
import contextlib

from nvr_core.processes import ProcessRef
from peers.waiting import until

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"


async def test_a_worker_whose_removal_was_cut_off_can_be_started_again(rig) -> None:
    spec = rig.python("plugin:x", STUBBORN)
    await rig.keeper.ensure(spec)
    first = await until(lambda: rig.status("plugin:x").pid)
    removal = asyncio.create_task(rig.keeper.remove(ProcessRef("plugin:x")))
    await asyncio.sleep(0)
    removal.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await removal
    await rig.keeper.ensure(spec)
    await until(lambda: rig.status("plugin:x").pid not in (0, first))
    assert rig.status("plugin:x").state == "running"
