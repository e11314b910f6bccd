package io.github.icthp.reward;

import ai.djl.ndarray.NDArray;

import io.github.icthp.DifferentiableReward;
import io.github.icthp.Rewards;
import io.github.icthp.clip.ClipSettings;
import io.github.icthp.reward.ClipTowers.Loading;
import io.github.icthp.reward.RewardDefinition.Use;
import io.github.icthp.testing.Devices;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TorchProgram;
import io.github.icthp.torch.staged.Stage;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** The reward of the DRaFT-K cases: ICT times HP, from two CLIP folders and a head. */
public final class GoldenReward implements AutoCloseable {

    private static final TorchProgram SQUASH =
            TorchProgram.ofText(
                    "squash",
                    """
                    class Ops(Module):
                      __parameters__ = []
                      __buffers__ = []
                      training : bool
                      def squash(self: __torch__.Ops, x: Tensor, side: int) -> Tensor:
                        return torch._upsample_bicubic2d_aa(x, [side, side], False, None, None)
                    """);

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

    /**
     * The reward of pictures that are squashed to squares before, as some reference does, where
     * this library crops.
     */
    public DifferentiableReward squashing(long side, Function<List<String>, NDArray> features) {
        Stage squash = (state, context) -> List.of(SQUASH.call("squash", state.get(0), side));
        return Rewards.staged(
                prompts -> {
                    List<Stage> stages = new ArrayList<>(List.of(squash));
                    stages.addAll(network.stages(Optional.of(features.apply(prompts))));
                    return stages;
                });
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
