"""Exhibits of the cost part: one function per chart or table, each takes the model.

Lines and points that were published or measured are solid; what the model computes is dashed. Colour never means
winning here, so marks stay in ink, grey and the category tones.
"""

from deepseek_era.exhibits.cost_facts import accelerators, architectures
from deepseek_era.exhibits.cost_memory import kv_cache, local_runs, memory_fit
from deepseek_era.exhibits.cost_serving import (
    coverage,
    day_log,
    decomposition,
    roofline,
    serving_cost,
    serving_stream,
    serving_throughput,
    variants,
)

ALL = (
    memory_fit,
    local_runs,
    day_log,
    serving_throughput,
    serving_cost,
    serving_stream,
    roofline,
    coverage,
    kv_cache,
    variants,
    decomposition,
    architectures,
    accelerators,
)
"""Every exhibit of the part, in reading order."""
