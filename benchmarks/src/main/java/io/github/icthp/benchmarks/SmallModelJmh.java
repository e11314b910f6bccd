package io.github.icthp.benchmarks;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import io.github.icthp.Precision;
import io.github.icthp.PromptImage;
import io.github.icthp.RewardModel;
import io.github.icthp.RewardScore;
import io.github.icthp.image.ImageDecoder;
import io.github.icthp.reward.IctHpReward;
import io.github.icthp.reward.PicturePreparation;
import io.github.icthp.reward.RewardDefinition.Found;
import io.github.icthp.reward.RewardDefinition.Use;
import io.github.icthp.reward.RewardKind;
import io.github.icthp.reward.RewardSources;
import io.github.icthp.reward.ScoringNetwork;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** What a call costs beside arithmetic: one picture on a tiny model. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class SmallModelJmh {

    private RewardModel model;
    private PromptImage pair;
    private ScoringNetwork networks;
    private float[] pixels;
    private int side;

    /** Creates the state; JMH fills it. */
    public SmallModelJmh() {}

    /** Loads the model. */
    @Setup
    public void load() {
        model = Subject.model(Subject.tiny(), Device.cpu(), Precision.FP32).build();
        pair = Subject.pictures(1).get(0);
        loadNetworks(Subject.tiny());
    }

    private void loadNetworks(Path weights) {
        Map<String, Path> parts =
                Map.of(
                        RewardSources.ICT, weights,
                        RewardSources.HP, weights,
                        RewardSources.BASE, weights.resolve("base"));
        RewardSources sources =
                new RewardSources(parts, Optional.empty(), ImageDecoder.standard(), false);
        Found found = new IctHpReward(RewardKind.COMBINED).find(sources);
        networks = found.load(Device.cpu(), DType.FLOAT32, Use.SCORING);
        PicturePreparation pictures = found.pictures();
        side = pictures.side();
        pixels = new float[3 * side * side];
        ByteBuffer prepared =
                ByteBuffer.allocate(Float.BYTES * pixels.length).order(ByteOrder.nativeOrder());
        pictures.prepare(pair.image().input(), prepared);
        prepared.flip().asFloatBuffer().get(pixels);
    }

    /**
     * The whole call.
     *
     * @return the score
     */
    @Benchmark
    public RewardScore wholeCall() {
        return model.score(pair);
    }

    /**
     * The networks alone, on prepared pixels.
     *
     * @return the parts of the score
     */
    @Benchmark
    public double[][] networks() {
        return Autograd.in(
                Autograd.Mode.INFERENCE,
                () ->
                        TensorScope.call(
                                Device.cpu(),
                                () -> {
                                    NDArray pictures = Tensors.of(pixels, 1, 3, side, side);
                                    return networks.score(
                                            pictures, new int[] {0}, List.of(pair.prompt()));
                                }));
    }

    /** Frees the model. */
    @TearDown
    public void close() {
        networks.close();
        model.close();
    }
}
