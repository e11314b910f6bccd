package io.github.icthp.blip;

import ai.djl.Device;

import io.github.icthp.reward.PicturePreparation;
import io.github.icthp.reward.RewardDefinition.Found;
import io.github.icthp.reward.RewardDefinition.Use;
import io.github.icthp.reward.RewardOrigin;
import io.github.icthp.reward.ScoringNetwork;
import io.github.icthp.torch.DType;
import io.github.icthp.weights.Weights;

/**
 * A scorer over BLIP whose files were found.
 *
 * @param files weights, shape and tokenizer
 * @param pictures how pictures are prepared
 * @param loader loads the model
 */
record BlipScorer(BlipFiles files, PicturePreparation pictures, Loader loader) implements Found {

    /** Loads a model strictly. */
    @FunctionalInterface
    interface Loader {

        PairModel load(
                Weights weights, BlipConfig config, Device device, DType type, BlipModel.Use use);
    }

    @Override
    public RewardOrigin origin() {
        return files.origin(pictures);
    }

    @Override
    public ScoringNetwork load(Device device, DType type, Use use) {
        BertTokenizer tokenizer = files.startTokenizer();
        BlipModel.Use towers = BlipModel.Use.valueOf(use.name());
        try (Weights weights = Weights.open(files.weights())) {
            PairModel pair = loader.load(weights, files.config(), device, type, towers);
            return new PairNetwork(pair, tokenizer, files.textLength());
        } catch (RuntimeException | Error e) {
            tokenizer.close();
            throw e;
        }
    }
}
