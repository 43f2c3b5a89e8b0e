"""Models of scikit-learn, tuned by a script with KerasTuner's interface.

tui-tuner run sample_configs/sklearn_models.py
"""

from __future__ import annotations

import keras_tuner
from sklearn import ensemble, linear_model, metrics, model_selection, svm
from sklearn.datasets import load_breast_cancer


def build_model(hp):
    kind = hp.Choice("kind", ["forest", "logistic", "svc"])
    if kind == "forest":
        with hp.conditional_scope("kind", "forest"):
            return ensemble.RandomForestClassifier(
                n_estimators=hp.Int("trees", 10, 100, step=10), max_depth=hp.Int("depth", 2, 10), random_state=0
            )
    if kind == "logistic":
        with hp.conditional_scope("kind", "logistic"):
            return linear_model.LogisticRegression(C=hp.Float("C", 1e-3, 1e2, sampling="log"), solver="liblinear")
    with hp.conditional_scope("kind", "svc"):
        return svm.SVC(C=hp.Float("svc_C", 1e-2, 1e3, sampling="log"), gamma="scale")


def main():
    x, y = load_breast_cancer(return_X_y=True)
    x_train, x_test, y_train, y_test = model_selection.train_test_split(x, y, test_size=0.2, random_state=0)
    tuner = keras_tuner.SklearnTuner(
        oracle=keras_tuner.oracles.BayesianOptimizationOracle(
            objective=keras_tuner.Objective("score", "max"), max_trials=15, seed=0
        ),
        hypermodel=build_model,
        scoring=metrics.make_scorer(metrics.accuracy_score),
        cv=model_selection.StratifiedKFold(5),
        directory="searches",
        project_name="sklearn_models",
    )
    tuner.search(x_train, y_train)
    tuner.results_summary(3)
    best = tuner.get_best_models(1)[0]
    print(f"accuracy on the test rows: {best.score(x_test, y_test):.4f}")


if __name__ == "__main__":
    main()
