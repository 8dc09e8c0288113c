"""What a plugin's tests need: run it as the server does, and check that it keeps its contract.

::

    async def test_runs():
        async with PluginRunner("nvr_example.plugin", configs={"example": {}}) as plugin:
            await plugin.wait_for("running")

    def test_contract():
        assert contract_problems("nvr_example") == []
"""

from nvr_sdk.testing._contract import contract_problems
from nvr_sdk.testing._runner import OpenedStream, PluginRunner

__all__ = ["OpenedStream", "PluginRunner", "contract_problems"]
