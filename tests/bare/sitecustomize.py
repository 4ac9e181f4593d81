"""Put on PYTHONPATH of bare processes: lets `import torchvision` work beside a CPU-only torch, and does nothing else.

The runner does the same for chapters, and says why (`make_torchvision_importable` in snippets/_engine/run/imports.py).
Here it is written again, because these processes prove that nothing of the project is needed.
"""

import importlib.abc
import sys

_kept = []


class _BeforeTorchvision(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):  # type: ignore[no-untyped-def]
        if name == "torchvision":
            sys.meta_path.remove(self)
            import torch

            if not (torch.version.cuda or torch.version.hip):
                library = torch.library.Library("torchvision", "DEF")
                library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
                library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
                _kept.append(library)  # the schemas live as long as the object
        return


sys.meta_path.insert(0, _BeforeTorchvision())
