"""tui-tuner: tune the hyperparameters of Keras models, and watch and steer the search from a terminal."""

__version__ = "0.1.0"
