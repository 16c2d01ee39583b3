"""How words stand inside a sentence."""

import pytest

from deepseek_era.words import in_sentence


@pytest.mark.parametrize(
    ("label", "inside"),
    [
        ("AI-enabled competitors take share", "AI-enabled competitors take share"),
        ("AI users", "AI users"),
        ("US compute", "US compute"),
        ("GPUs run idle", "GPUs run idle"),
        ("FP8 halves memory", "FP8 halves memory"),
        ("R1's price", "R1's price"),
        ("OpenAI, long", "OpenAI, long"),
        ("OpenAI’s list", "OpenAI’s list"),
        ("DeepSeek’s list", "DeepSeek’s list"),
        ("KV cache", "KV cache"),
        ("o1 by itself", "o1 by itself"),
        ("vLLM serves it", "vLLM serves it"),
        ("Nvidia", "Nvidia"),
        ("Nvidia’s revenue", "Nvidia’s revenue"),
        ("Nvidia-made chips", "Nvidia-made chips"),
        ("Chinese labs", "Chinese labs"),
        ("Stargate: the plan", "Stargate: the plan"),
        ("A $500B plan", "a $500B plan"),
        ("X posts", "X posts"),
        ("Open source first", "open source first"),
        ("Data-labelling companies", "data-labelling companies"),
        ("Researchers", "researchers"),
        ("93% of plan", "93% of plan"),
        ("", ""),
    ],
)
def test_a_name_or_an_acronym_keeps_its_capital_inside_a_sentence_and_a_word_does_not(label, inside):
    assert in_sentence(label) == inside
