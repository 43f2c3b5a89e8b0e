"""Ready-made hypermodels of well-known image classifiers, under KerasTuner's names.

Importing this loads no Keras: that is left to `build`.
"""

from tui_tuner.applications.augment import HyperImageAugment
from tui_tuner.applications.efficientnet import HyperEfficientNet
from tui_tuner.applications.resnet import HyperResNet
from tui_tuner.applications.xception import HyperXception

__all__ = ["HyperEfficientNet", "HyperImageAugment", "HyperResNet", "HyperXception"]
