"""What share of the pictures each concept has. Needs the data (build_data.sh)."""
import numpy as np
import pytest

from data import Bank


def test_favoured_concepts_share():
    bank = Bank(300)
    before = dict(zip(bank.ids, bank.weight))
    bank.favour(200, 0.75)
    late = np.array(bank.ids) >= 200
    assert bank.weight[late].sum() == pytest.approx(0.75) and bank.weight.sum() == pytest.approx(1)
    for part in (late, ~late):  # among themselves they stand as before
        ratio = bank.weight[part] / np.array([before[c] for c in np.array(bank.ids)[part]])
        assert np.ptp(ratio) < 1e-12
