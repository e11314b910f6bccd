package io.github.icthp.benchmarks;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import io.github.icthp.DifferentiableReward;
import io.github.icthp.PixelRewards;
import io.github.icthp.Rewards;
import io.github.icthp.clip.ClipConfig;
import io.github.icthp.clip.ClipStage;
import io.github.icthp.clip.ClipVisionTower;
import io.github.icthp.diffusion.vae.LatentCodec;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.Torch;
import io.github.icthp.torch.TorchProgram;
import io.github.icthp.torch.staged.Activations;
import io.github.icthp.torch.staged.PassInputs;
import io.github.icthp.torch.staged.Pullback;
import io.github.icthp.torch.staged.Stage;
import io.github.icthp.torch.staged.StagedPass;
import io.github.icthp.weights.Parameters;
import io.github.icthp.weights.Parameters.Memory;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A reward as large as HP's: a vision tower of random weights, float32, and the mean of its
 * features.
 */
final class TowerReward implements AutoCloseable {

    private static final TorchProgram PROGRAM =
            TorchProgram.ofText(
                    "tower reward",
                    "class Ops(Module):\n"
                            + "  __parameters__ = []\n"
                            + "  __buffers__ = []\n"
                            + "  training : bool\n"
                            + "  def resize(self: __torch__.Ops, x: Tensor, n: int) -> Tensor:\n"
                            + "    return torch.upsample_nearest2d(x, [n, n])\n"
                            + "  def colors(self: __torch__.Ops, x: Tensor) -> Tensor:\n"
                            + "    return torch.slice(x, 1, 0, 3)\n");

    private final NDManager owner;
    private final ClipConfig config;
    private final ClipVisionTower tower;

    /**
     * Draws a tower.
     *
     * @param config its shape
     * @param device where it computes
     */
    TowerReward(ClipConfig config, Device device) {
        this.owner = Torch.manager(device);
        this.config = config;
        DrawnWeights weights = new DrawnWeights(shapes(config));
        this.tower =
                new ClipVisionTower(
                        Parameters.load(weights, owner, DType.FLOAT32, Memory.OWNED), config);
    }

    private static Map<String, Shape> shapes(ClipConfig config) {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        try (NDManager none = Torch.manager(Device.cpu())) {
            Parameters all = Parameters.check(Map.of(), "nothing", none);
            List<ClipStage> stages = new ClipVisionTower(all, config).stages();
            int last = stages.size() - 1;
            for (int i = 0; i <= last; i++) {
                String layer = "vision_model.encoder.layers." + (i - 1) + ".";
                String path = i == 0 ? "vision_model." : i == last ? "" : layer;
                stages.get(i)
                        .weights()
                        .tensors()
                        .forEach((name, tensor) -> shapes.put(path + name, tensor.getShape()));
            }
        }
        return shapes;
    }

    /** The reward of pixels. */
    DifferentiableReward reward() {
        List<Stage> stages = new ArrayList<>();
        stages.add((x, none) -> List.of(PROGRAM.call("resize", x.get(0), config.imageSize())));
        for (ClipStage stage : tower.stages()) {
            stages.add(
                    (x, none) -> {
                        long batch = x.get(0).getShape().get(0);
                        return stage.forward(x, List.of(ClipVisionTower.pooled(batch)));
                    });
        }
        stages.add((features, none) -> List.of(PixelRewards.mean(features.get(0))));
        return Rewards.staged(prompts -> stages);
    }

    /** In place of an autoencoder: three channels of the latents, seen as the picture. */
    record Colors(int latentChannels) implements LatentCodec {

        @Override
        public NDArray decode(NDArray latents) {
            return PROGRAM.call("colors", latents);
        }

        @Override
        public Pullback decodeInStages(NDArray latents) {
            Stage colors = (x, none) -> List.of(decode(x.get(0)));
            PassInputs inputs = PassInputs.differentiated(latents);
            return Pullback.of(
                    StagedPass.record(List.of(colors), inputs, Activations.recomputed()));
        }

        @Override
        public NDArray encode(NDArray pixels) {
            throw new UnsupportedOperationException("encode: latents have channels beside colors");
        }

        @Override
        public int factor() {
            return 1;
        }

        @Override
        public void close() {}
    }

    @Override
    public void close() {
        owner.close();
    }
}
