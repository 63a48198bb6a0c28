"""Writers killed with -9 at random points lose nothing that was acknowledged."""

from __future__ import annotations

from durability import kill


def test_kill_short(tmp_path):
    report = kill.run(tmp_path, rounds=8, processes=3, seed=20260101)
    assert report.violations == []
    assert report.kills == 24
    assert report.acknowledged > 100
    assert report.indexed > 0
