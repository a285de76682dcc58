"""The training attention computes what the library's own does."""

import torch
from transformers import Gemma3ForCausalLM

from tests.training.tiny import tiny_model
from training.attention import install


def test_grouped_attention_equals_the_librarys():
    plain = tiny_model()
    plain.config._attn_implementation = "eager"
    grouped = Gemma3ForCausalLM._from_config(plain.config, attn_implementation=install())
    grouped.load_state_dict(plain.state_dict())
    tokens = torch.tensor([[0, 0, 2, 7, 8, 9], [2, 5, 6, 7, 8, 9]])
    mask = (tokens != 0).long()
    with torch.no_grad():
        one = plain.eval()(input_ids=tokens, attention_mask=mask).logits
        other = grouped.eval()(input_ids=tokens, attention_mask=mask).logits
    torch.testing.assert_close(one[mask.bool()], other[mask.bool()], atol=1e-4, rtol=1e-4)
