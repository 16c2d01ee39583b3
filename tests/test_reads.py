"""What is noted of the tables and parameters that results rest on."""

import threading

from deepseek_era import citations, reads, registry, tables
from deepseek_era.model import Model
from deepseek_era.parameters import joint_draws, resolve


def test_a_record_holds_what_was_read_while_it_was_open_and_no_more():
    parameters = resolve()
    tables.load("capex")
    with reads.recording() as outer:
        parameters.setting("draws")
        with reads.recording() as inner:
            Model(parameters).facts.table("revenues")
            joint_draws(parameters, 4)["lead_time"]
        tables.load("groups")
    tables.load("companies")
    assert inner.tables == {"revenues", "parameters", "correlations"}
    assert inner.parameters == {"lead_time"}
    assert outer.tables == {"revenues", "parameters", "correlations", "groups"}
    assert outer.parameters == {"draws", "lead_time"}


def test_what_is_kept_from_an_earlier_read_counts_as_read():
    for _ in range(2):
        with reads.recording() as record:
            citations.documents("x")
            registry.declared("x")
            tables.recalled_sources()
        assert record.tables == {"originals", "figures", "sources"}


def test_a_thread_is_heard_and_a_notebook_begun_inside_leaves_the_outer_record():
    with reads.recording() as outer:
        tables.load("capex")
        with reads.recording():
            tables.load("revenues")
            inner = reads.begin()
            thread = threading.Thread(target=tables.load, args=("groups",))
            thread.start()
            thread.join()
            assert inner is reads.current()
            assert inner.tables == {"groups"}
        assert reads.current() is outer
    assert outer.tables == {"capex", "revenues", "groups"}
