"""Method 2's routing: the two text embeddings share no trained ancestor and get no gradient from each other's loss.

Run on demand: pytest recipes/icons (needs the environment of recipes/README.md; small sizes, a few seconds).
"""
import pytest
import torch

from conditioning import Rows
from losses import ContrastiveLoss, GeneratorLoss
from model import IconModel, Shape, Translator

SMALL = Shape(vocabulary=64, length=8, text_width=64, text_layers=1, contrast_width=48, contrast_layers=1, embedding=16,
              width=64, layers=1, heads=1, channels=16, fine=8, spatial=8)
N = 20


@pytest.fixture
def setup():
    torch.manual_seed(0)
    model = IconModel(SMALL)
    with torch.no_grad():  # no zero initialisation may hide a path
        for p in model.parameters():
            p.add_(torch.randn_like(p) * 0.05)
    ids = torch.randint(3, 64, (N, 8))
    ids[:, 0] = 1
    return model, ids, torch.ones_like(ids), torch.rand(N, 3, 64, 64) * 2 - 1


def trained(loss, model):
    """Names of the parameters that a loss reaches in the autograd graph, and of those with a gradient that is not 0."""
    parameters = dict(model.named_parameters())
    names = {id(p): n for n, p in parameters.items()}
    reached, todo, seen = set(), [loss.grad_fn], set()
    while todo:
        node = todo.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        if hasattr(node, "variable"):
            reached.add(names[id(node.variable)])
        todo += [f for f, _ in node.next_functions]
    model.zero_grad(set_to_none=True)
    loss.backward()
    moved = {n for n, p in parameters.items() if p.grad is not None and p.grad.abs().max() > 0}
    return reached, moved


def generator_loss(model, ids, mask, x):
    rows = Rows(N)
    text = model.contrastive(ids[rows.text], mask[rows.text])
    own, other = model.tower(x[rows.own]), model.tower(x[: rows.others])
    pooled = rows.pooled(text, own, other)
    return GeneratorLoss(model)(ids, mask, torch.randn_like(x), torch.rand(N) * 0.9 + 0.1, pooled, x, torch.rand(N, 64, 64))[0]


def contrastive_loss(model, ids, mask, x):
    return ContrastiveLoss(model)(ids, mask, x, torch.eye(N, dtype=torch.bool))[0]


def halves(names):
    return {n.split(".")[0] for n in names}


def test_generator_loss_trains_its_own_half_only(setup):
    model, *data = setup
    reached, moved = trained(generator_loss(model, *data), model)
    assert halves(reached) == {"generative", "generator", "ink"}
    assert halves(moved) == {"generative", "generator", "ink"}


def test_contrastive_loss_trains_its_own_half_only(setup):
    model, *data = setup
    reached, moved = trained(contrastive_loss(model, *data), model)
    assert halves(reached) == {"contrastive", "tower", "logit_scale"}
    assert halves(moved) == {"contrastive", "tower", "logit_scale"}


def test_cross_gradients_are_exactly_zero(setup):
    model, *data = setup
    for loss, other in ((generator_loss, model.contrastive), (contrastive_loss, model.generative)):
        grads = torch.autograd.grad(loss(model, *data), list(other.parameters()), allow_unused=True)
        assert all(g is None or not g.any() for g in grads)


def test_no_parameter_is_shared(setup):
    model = setup[0]
    parts = [model.generative, model.contrastive, model.tower, model.generator]
    ids = [p.data_ptr() for part in parts for p in part.parameters()]
    assert len(ids) == len(set(ids))


def test_outputs_have_no_common_trained_ancestor(setup):
    model, ids, mask, _ = setup
    a, _ = trained(model.generative(ids, mask).sum(), model)
    b, _ = trained(model.contrastive(ids, mask).sum(), model)
    assert a and b and not a & b


def test_empty_prompt_has_pooled_output_zero(setup):
    model = setup[0]
    ids = torch.tensor([[1, 2, 0, 0, 0, 0, 0, 0], [1, 5, 2, 0, 0, 0, 0, 0]])
    pooled = model.contrastive(ids, (ids > 0).long())
    assert not pooled[0].any()
    assert torch.allclose(pooled[1].norm(), torch.tensor(1.0), atol=1e-4)


def test_conditioning_shares():
    rows = Rows(100)
    pooled = rows.pooled(torch.ones(30, 4), torch.ones(5, 4), torch.ones(20, 4))
    has_pooled, null_tokens = pooled.any(1), rows.null_tokens
    count = lambda m: int(m.sum())
    assert count(null_tokens & ~has_pooled) == 10
    assert count(null_tokens & has_pooled) == 15
    assert count(~null_tokens & has_pooled) == 40      # 30 text, 10 another drawing
    assert count(~null_tokens & ~has_pooled) == 35
    assert not null_tokens[rows.text].any()            # never null tokens with a text vector


def test_translator_is_a_unit_vector():
    assert torch.allclose(Translator(SMALL)(torch.randn(4, 16)).norm(dim=1), torch.ones(4), atol=1e-4)
