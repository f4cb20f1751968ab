"""Writes the vectors of `npm run bench:curation` from scikit-learn's package: pip install scikit-learn, python make.py.

digits.u8: 1,797 rows of 64 pixels (0..16) and the class; wine.f32, cancer.f32: rows of standardised features and the class.
"""
from pathlib import Path

import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits, load_wine

here = Path(__file__).parent
digits = load_digits()
np.column_stack([digits.data, digits.target]).astype(np.uint8).tofile(here / "digits.u8")
for name, data in (("wine", load_wine()), ("cancer", load_breast_cancer())):
    scaled = (data.data - data.data.mean(0)) / data.data.std(0)
    np.column_stack([scaled, data.target]).astype("<f4").tofile(here / f"{name}.f32")
