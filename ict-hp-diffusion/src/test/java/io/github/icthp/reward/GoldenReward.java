package io.github.icthp.reward;

import ai.djl.ndarray.NDArray;

import io.github.icthp.DifferentiableReward;
import io.github.icthp.Rewards;
import io.github.icthp.clip.ClipSettings;
import io.github.icthp.reward.ClipTowers.Loading;
import io.github.icthp.reward.RewardDefinition.Use;
import io.github.icthp.testing.Devices;
import io.github.icthp.torch.DType;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** The reward of the DRaFT-K cases: ICT times HP, from two CLIP folders and a head. */
public final class GoldenReward implements AutoCloseable {

    private final IctHpNetwork network;

    /** Loads the networks. */
    public GoldenReward(Path folder) {
        Path ict = folder.resolve("ict");
        Path backbone = folder.resolve("hp_backbone");
        RewardFiles files =
                new RewardFiles(
                        Optional.of(ict),
                        Optional.of(
                                new RewardFiles.HpFiles(
                                        backbone, folder.resolve("hp_scorer.safetensors"))),
                        ClipSettings.find(List.of(ict), Optional.empty(), Optional.empty()));
        network =
                IctHpNetwork.load(
                        files,
                        Optional.empty(),
                        new Loading(
                                files.settings(), Devices.tested(), DType.FLOAT32, Use.GRADIENTS));
    }

    /** The reward with given text features, (B, P) of unit length. */
    public DifferentiableReward reward(Function<List<String>, NDArray> features) {
        return Rewards.staged(prompts -> network.stages(Optional.of(features.apply(prompts))));
    }

    /** Encodes token ids, (B, P) of unit length. */
    public NDArray textFeatures(long[][] ids) {
        return network.textFeatures(ids);
    }

    @Override
    public void close() {
        network.close();
    }
}
