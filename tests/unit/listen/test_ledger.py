from entrypoints.listen.ledger import Came, Ledger


def test_what_comes_in_order_is_nothing_to_speak_of() -> None:
    ledger = Ledger()
    assert [ledger.note(f"evt_{n}", "bkg_1", n) for n in (1, 2, 3)] == [Came(1)] * 3
    assert (ledger.repeated, ledger.late, ledger.missing) == (0, 0, 0)


def test_a_repeat_is_counted_by_the_id() -> None:
    ledger = Ledger()
    ledger.note("evt_1", "bkg_1", 1)
    assert ledger.note("evt_1", "bkg_1", 1) == Came(2)
    assert ledger.note("evt_1", "bkg_1", 1) == Came(3)
    assert (ledger.repeated, ledger.late, ledger.missing) == (2, 0, 0)


def test_a_gap_is_named_and_filled_by_who_comes_late() -> None:
    ledger = Ledger()
    ledger.note("evt_1", "bkg_1", 1)
    assert ledger.note("evt_4", "bkg_1", 4) == Came(1, missing=(2, 3))
    assert ledger.missing == 2
    assert ledger.note("evt_2", "bkg_1", 2) == Came(1, after=4)
    assert (ledger.late, ledger.missing) == (1, 1)


def test_subjects_are_counted_by_themselves() -> None:
    ledger = Ledger()
    ledger.note("evt_1", "bkg_1", 1)
    assert ledger.note("evt_2", "bkg_2", 1) == Came(1)
    assert ledger.note("evt_3", "bkg_3", 2) == Came(1, missing=(1, 1))
