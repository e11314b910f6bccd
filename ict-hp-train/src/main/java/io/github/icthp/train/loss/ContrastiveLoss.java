package io.github.icthp.train.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;

import com.google.common.collect.ImmutableMap;

/**
 * CLIP's own loss (Radford et al. 2021, arXiv 2103.00020): every text is to find its image among
 * those of the batch, and every image its text, by cosines times a learned scale of at most 100.
 */
public final class ContrastiveLoss {

    private ContrastiveLoss() {}

    /**
     * Computes the loss, recording a graph back to features and scale.
     *
     * @param texts (B, P), features of texts
     * @param images (B, P), features of their images
     * @param logScale the scale's logarithm, a scalar
     * @return the loss with its parts {@code total} and {@code found}, the share of texts that find
     *     their image
     */
    public static LossValue of(NDArray texts, NDArray images, NDArray logScale) {
        NDList parts = IctLoss.PROGRAM.callList("contrastive", texts, images, logScale);
        return new LossValue(
                parts.get(0),
                ImmutableMap.of(
                        "total", LossValue.number(parts.get(0)),
                        "found", LossValue.number(parts.get(1))));
    }
}
