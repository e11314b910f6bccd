package io.github.icthp.reward;

import ai.djl.ndarray.NDArray;

import io.github.icthp.DifferentiableReward;
import io.github.icthp.DifferentiableReward.RewardGradient;
import io.github.icthp.Precision;
import io.github.icthp.PromptImage;
import io.github.icthp.RewardModel;
import io.github.icthp.RewardModelBuilder;
import io.github.icthp.RewardScore;
import io.github.icthp.blip.ScorerCase;
import io.github.icthp.blip.ScorerCase.Found;
import io.github.icthp.image.ImageInput;
import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Expected;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.staged.Activations;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What the parity tests of scorers share: scores and gradients through the public door. */
public final class RewardParity {

    private RewardParity() {}

    /** Builds a model in float32 on the tested device. */
    public static RewardModel open(RewardModelBuilder builder) {
        return builder.device(Devices.tested()).precision(Precision.FP32).build();
    }

    /** Every picture file with every prompt, picture by picture. */
    public static float[] files(
            RewardModelBuilder builder, List<Path> pictures, List<String> prompts) {
        Stream<PromptImage> pairs =
                pictures.stream()
                        .flatMap(file -> prompts.stream().map(p -> PromptImage.of(p, file)));
        try (RewardModel model = open(builder);
                Stream<RewardScore> scores = model.scoreAll(pairs)) {
            return floats(scores.map(RewardScore::value).toList());
        }
    }

    /** Every picture as float pixels with every prompt, picture by picture. */
    public static float[] pixels(
            RewardModelBuilder builder, List<Path> pictures, List<String> prompts) {
        TensorScope scope = ScorerCase.scope();
        try (scope;
                RewardModel model = open(builder)) {
            return floats(
                    pictures.stream()
                            .map(ScorerCase::unit)
                            .flatMap(pixels -> prompts.stream().map(p -> reward(model, pixels, p)))
                            .toList());
        }
    }

    private static double reward(RewardModel model, NDArray pixels, String prompt) {
        return Tensors.toFloats(model.differentiable().reward(pixels, List.of(prompt)))[0];
    }

    /** The gradients of a case's gradient pictures, under the golden names; returns the rewards. */
    public static float[] gradients(
            Found found, ScorerCase files, String prefix, String what, RewardModelBuilder builder) {
        List<Path> pictures = files.files("gradient_images");
        String prompt = files.strings("prompts").get(files.json.get("gradient_prompt").getAsInt());
        float[] values = new float[pictures.size()];
        TensorScope scope = ScorerCase.scope();
        try (scope;
                RewardModel model = open(builder)) {
            for (int i = 0; i < values.length; i++) {
                DifferentiableReward reward = model.differentiable().checked(what);
                NDArray pixels = ScorerCase.unit(pictures.get(i));
                RewardGradient gradient = reward.gradient(pixels, List.of(prompt));
                requireTheSameInStages(
                        gradient,
                        reward.gradient(pixels, List.of(prompt), Activations.recomputed()));
                values[i] = Tensors.toFloats(gradient.rewards())[0];
                found.put(prefix + "grad." + i + "." + what, gradient.gradient());
            }
        }
        return values;
    }

    /** Recomputed layer by layer, a gradient is that of the whole graph. */
    private static void requireTheSameInStages(RewardGradient whole, RewardGradient staged) {
        float[] expected = Tensors.toFloats(whole.gradient());
        float max = 0;
        for (float value : expected) {
            max = Math.max(max, Math.abs(value));
        }
        Expected.assertClose(
                "gradient in stages", Tensors.toFloats(staged.gradient()), expected, 1e-5 * max);
        Expected.assertClose(
                "reward in stages",
                Tensors.toFloats(staged.rewards()),
                Tensors.toFloats(whole.rewards()),
                1e-6);
    }

    /** Numbers in single precision. */
    public static float[] floats(List<Double> values) {
        float[] floats = new float[values.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = values.get(i).floatValue();
        }
        return floats;
    }

    /** Pixels of picture files as a scorer's own preparation makes them, (B, 3, S, S). */
    public static NDArray prepared(PicturePreparation preparation, List<Path> pictures) {
        int side = preparation.side();
        int size = 3 * side * side;
        float[] all = new float[pictures.size() * size];
        for (int i = 0; i < pictures.size(); i++) {
            ByteBuffer target =
                    ByteBuffer.allocate(size * Float.BYTES).order(ByteOrder.nativeOrder());
            preparation.prepare(ImageInput.of(pictures.get(i)), target);
            target.clear().asFloatBuffer().get(all, i * size, size);
        }
        return Tensors.of(all, pictures.size(), 3, side, side);
    }
}
