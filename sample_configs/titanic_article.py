"""The data and the model of titanic_article.yaml, as the article has them, its two mistakes included.

The article reads the table with seaborn; here it comes from the file beside this one.
"""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

import tui_tuner

SEED = 42
Part = tuple[np.ndarray, pd.Series]


def load_data() -> tuple[Part, Part]:
    data = pd.read_csv(Path(__file__).parent / "data" / "titanic.csv")

    data = data.dropna()  # 182 of 891 rows: most passengers have no deck
    data = pd.get_dummies(data)  # `alive`, the answer in words, becomes alive_no and alive_yes

    x = data.drop("survived", axis=1)
    y = data["survived"]

    x = StandardScaler().fit_transform(x)  # fitted on all rows, the test rows among them

    x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.2, random_state=SEED)
    return (x_train, y_train), (x_test, y_test)


def build_model(hp: tui_tuner.HyperParameters) -> keras.Model:
    model = keras.Sequential()

    hp_units = hp.Int("units", min_value=8, max_value=64, step=8)
    model.add(keras.layers.Dense(units=hp_units, activation="relu"))
    model.add(keras.layers.Dense(1, activation="sigmoid"))

    hp_learning_rate = hp.Choice("learning_rate", values=[1e-2, 1e-3, 1e-4])
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=hp_learning_rate),
        loss=keras.losses.BinaryCrossentropy(from_logits=True),  # a sigmoid gives probabilities, not logits
        metrics=["accuracy"],
    )
    return model
