"""Put on PYTHONPATH of bare processes: lets `import torchvision` work beside a CPU-only torch, and does nothing else.

The runner does the same for chapters (snippets/_engine/run/torchvision_on_cpu.py, which says why).
"""

import importlib.abc
import sys


class _BeforeTorchvision(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):  # type: ignore[no-untyped-def]
        if name == "torchvision":
            sys.meta_path.remove(self)
            from snippets._engine.run.torchvision_on_cpu import make_importable

            make_importable()
        return


sys.meta_path.insert(0, _BeforeTorchvision())
