"""scikit-learn's manners without scikit-learn: what its pipelines and searches ask of an estimator.

A constructor stores what it is given, under the parameters' own names, and `fit` judges it; so an
estimator can be copied, searched over and set anew by names alone.
"""

import inspect
from typing import Any, Literal, Self

from numpy.typing import ArrayLike, NDArray

from groundwork.core.arrays import points as real_points

_WIDEST = 60  # characters of one value in a repr
Kind = Literal["regressor", "density_estimator"]


class Estimator:
    """Parameters by name, `repr`, and the tags by which scikit-learn knows what it handles.

    Checked by: tests/core/test_estimator.py, by scikit-learn's own `check_estimator`, in its
    `Pipeline`, `GridSearchCV` and `cross_val_score`.
    """

    _kind: Kind
    _fitted: str  # the attribute that `fit` sets last

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The constructor's parameters; `deep` is scikit-learn's, and there is nothing deeper."""
        del deep
        return {name: getattr(self, name) for name in _defaults(type(self))}

    def set_params(self, **params: Any) -> Self:
        """Set parameters by name; they are judged by the next `fit`. Raises `ValueError`."""
        known = _defaults(type(self))
        if unknown := sorted(set(params) - set(known)):
            raise ValueError(
                f"Invalid parameter {unknown[0]!r} for estimator {self}. "
                f"Valid parameters are: {list(known)}"
            )
        for name, value in params.items():
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        defaults = _defaults(type(self))
        shown = {
            n: _short(v) for n, v in self.get_params().items() if _short(v) != _short(defaults[n])
        }
        return f"{type(self).__name__}({', '.join(f'{n}={v}' for n, v in shown.items())})"

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, self._fitted)

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn asks of an estimator; it is loaded when it asks, and only then."""
        from sklearn.utils import RegressorTags, Tags, TargetTags

        regressor = self._kind == "regressor"
        return Tags(
            estimator_type=self._kind,
            target_tags=TargetTags(required=regressor, multi_output=regressor),
            regressor_tags=RegressorTags() if regressor else None,
        )

    def _require_fit(self) -> None:
        if not self.__sklearn_is_fitted__():
            raise RuntimeError(f"call fit before asking this of a {type(self).__name__}")

    def _training(self, x: ArrayLike) -> NDArray[Any]:
        """Points to fit to, at least one of at least one feature; `fit` may still fail."""
        found = real_points(x)
        if found.size == 0:
            raise ValueError(
                f"x has {len(found)} point(s) of {found.shape[1]} feature(s) "
                f"(shape={found.shape}) while a minimum of 1 is required."
            )
        return found

    def _queries(self, x: ArrayLike) -> NDArray[Any]:
        """Points to ask a fitted model about, of as many features as it was fitted to."""
        self._require_fit()
        found = real_points(x)
        if found.shape[1] != self.n_features_in_:  # type: ignore[attr-defined]
            raise ValueError(
                f"X has {found.shape[1]} features, but {type(self).__name__} is expecting "
                f"{self.n_features_in_} features as input"  # type: ignore[attr-defined]
                + ("; Reshape your data: one point is a row, (1, d)" if _is_vector(x) else "")
            )
        return found


def _is_vector(x: ArrayLike) -> bool:
    return getattr(x, "ndim", 1) == 1


def _defaults(kind: type) -> dict[str, Any]:
    """Parameter → default, as the constructor states them."""
    signature = inspect.signature(kind.__init__)  # type: ignore[misc]
    return {name: p.default for name, p in signature.parameters.items() if name != "self"}


def _short(value: Any) -> str:
    """A value in one line; a long one, such as an array, is cut."""
    text = " ".join(repr(value).split())
    return text if len(text) <= _WIDEST else f"{text[:_WIDEST]}…"
