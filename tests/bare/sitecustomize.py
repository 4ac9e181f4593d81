"""Put on PYTHONPATH of bare processes: lets `import torchvision` work beside a CPU-only torch, and does nothing else.

The runner does the same for chapters (snippets/_engine/run/imports.py, which says why).
"""

import importlib.abc
import sys


class _BeforeTorchvision(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):  # type: ignore[no-untyped-def]
        if name == "torchvision":
            sys.meta_path.remove(self)
            from snippets._engine.run.imports import make_torchvision_importable

            make_torchvision_importable()
        return


sys.meta_path.insert(0, _BeforeTorchvision())
