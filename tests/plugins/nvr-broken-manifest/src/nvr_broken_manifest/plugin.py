"""Never imported: the manifest is refused first."""

raise AssertionError("a plugin with a broken manifest was imported")
