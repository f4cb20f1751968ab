"""How near generated pictures are to the photographs, from unit vectors (rows) of an embedder."""

LEAST_SIMILARITY = 0.01  # below it the base is simply unlike; the ratio must stay a number


def measure(base, lora, photos, reference=None):
    """(flat metrics, {"base": [...], "lora": [...]} per sample).

    similarity: a picture's largest cosine to a photograph. margin: by how much it is nearer to the
    photographs than to the base's own pictures, and, where `reference` (photographs that the base
    was trained on) is given, margin_to_reference: than to any of those.
    """
    near = {"base": nearest(base, photos), "lora": nearest(lora, photos)}
    base_similarity, lora_similarity = mean(near["base"]), mean(near["lora"])
    to_base = nearest(lora, base)
    margin = [a - b for a, b in zip(near["lora"], to_base)]
    metrics = {
        "identity_ratio": lora_similarity / max(LEAST_SIMILARITY, base_similarity),
        "lora_similarity": lora_similarity,
        "base_similarity": base_similarity,
        "margin": mean(margin),
        "nearer_to_photographs": mean([value > 0 for value in margin]),
    }
    if len(photos) > 1:
        metrics["photograph_similarity"] = mean(nearest_other(photos))
    if len(lora) > 1:
        metrics["lora_diversity"] = 1 - mean(nearest_other(lora))
    per_sample = {
        "base": [{"similarity": value} for value in near["base"]],
        "lora": [{"similarity": value, "margin": gap} for value, gap in zip(near["lora"], margin)],
    }
    if reference is not None:
        gaps = [a - b for a, b in zip(near["lora"], nearest(lora, reference))]
        metrics["margin_to_reference"] = mean(gaps)
        metrics["nearer_than_reference"] = mean([value > 0 for value in gaps])
        for entry, gap in zip(per_sample["lora"], gaps):
            entry["margin_to_reference"] = gap
    return metrics, per_sample


def nearest(vectors, others):
    return (vectors @ others.T).max(dim=1).values.tolist()


def nearest_other(vectors):
    cosines = vectors @ vectors.T
    cosines.fill_diagonal_(-1)
    return cosines.max(dim=1).values.tolist()


def mean(values):
    return float(sum(values) / len(values))
