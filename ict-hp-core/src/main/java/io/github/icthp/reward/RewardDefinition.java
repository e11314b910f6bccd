package io.github.icthp.reward;

import ai.djl.Device;

import io.github.icthp.clip.VisionSource;
import io.github.icthp.torch.DType;

import java.util.List;
import java.util.Optional;

/**
 * A scorer before it is loaded: what it measures, what it needs, and where its network comes from.
 * A scorer of one's own is one implementation, given to {@code RewardModel.of}.
 */
public interface RewardDefinition {

    /** What a network is loaded for. */
    enum Use {
        /** Scores alone; weights may be fused and packed for the processor. */
        SCORING,
        /** Scores whose gradients reach the pixels. */
        GRADIENTS
    }

    /**
     * Returns what is measured.
     *
     * @return the kind
     */
    RewardKind kind();

    /**
     * Returns what the user must name.
     *
     * @return parts such as {@link RewardSources#WEIGHTS}
     */
    List<String> requires();

    /**
     * Finds files and settings without loading any values.
     *
     * @param sources what the user named, all of {@link #requires} among it
     * @return the files, ready to be loaded
     * @throws IllegalArgumentException if files are missing or do not belong together
     */
    Found find(RewardSources sources);

    /** A scorer whose files were found. */
    interface Found {

        /**
         * Returns how scores are made.
         *
         * @return sources and conventions
         */
        RewardOrigin origin();

        /**
         * Returns how picture files become what the network reads.
         *
         * @return the preparation
         */
        PicturePreparation pictures();

        /**
         * Returns the CLIP vision tower, for what else is made of its features.
         *
         * @return empty if the scorer has none, or several
         */
        default Optional<VisionSource> visionTower() {
            return Optional.empty();
        }

        /**
         * Loads the network.
         *
         * @param device where it runs
         * @param type what it computes in
         * @param use what it is for
         * @return the network, to be closed by the caller
         * @throws io.github.icthp.weights.WeightsMismatchException if weights do not fit the model
         * @throws io.github.icthp.weights.WeightsFormatException if a file is damaged
         */
        ScoringNetwork load(Device device, DType type, Use use);
    }
}
