package io.github.icthp.reward;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import io.github.icthp.reward.ClipTowers.Loading;
import io.github.icthp.tokenizer.ClipTokenizer;
import io.github.icthp.torch.staged.Stage;
import io.github.icthp.torch.staged.StagedPass;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * The networks of ICT and HP: both towers of ICT's CLIP, HP's vision tower and its head as one
 * affine map. Shapes: U pictures, B pairs, S picture side, P projection.
 */
final class IctHpNetwork implements ScoringNetwork {

    private final Device device;
    private final Optional<ClipTowers> ict;
    private final Optional<Hp> hp;
    private final DifferentiablePreparation preparation;

    private record Hp(ClipTowers backbone, HpHead.Affine head) {

        static Hp load(RewardFiles.HpFiles files, Loading loading) {
            ClipTowers backbone = ClipTowers.vision(files.backbone(), loading);
            try {
                return new Hp(backbone, ClipShaped.head(files.head(), backbone));
            } catch (RuntimeException | Error e) {
                backbone.close();
                throw e;
            }
        }
    }

    private IctHpNetwork(Loading loading, Optional<ClipTowers> ict, Optional<Hp> hp) {
        this.device = loading.device();
        this.ict = ict;
        this.hp = hp;
        this.preparation = DifferentiablePreparation.of(loading.settings().images());
    }

    /**
     * Loads what the files name.
     *
     * @param tokenizer ICT's, closed with the network; without one only token ids are encoded
     */
    static IctHpNetwork load(
            RewardFiles files, Optional<ClipTokenizer> tokenizer, Loading loading) {
        Optional<ClipTowers> ict =
                files.ict().map(file -> ClipTowers.both(file, tokenizer, loading));
        try {
            return new IctHpNetwork(loading, ict, files.hp().map(hp -> Hp.load(hp, loading)));
        } catch (RuntimeException | Error e) {
            ict.ifPresent(ClipTowers::close);
            throw e;
        }
    }

    @Override
    public Device device() {
        return device;
    }

    @Override
    public double[][] score(NDArray pictures, int[] picture, List<String> prompts) {
        List<double[]> parts = new ArrayList<>();
        ict.ifPresent(
                towers -> {
                    NDArray features = ClipTowers.select(towers.features(pictures), picture);
                    NDArray cosines = ClipTowers.cosine(features, towers.prompts(prompts));
                    parts.add(ClipTowers.doubles(cosines));
                });
        hp.ifPresent(
                model -> {
                    NDArray raw = ClipTowers.select(hpRaw(pictures), picture);
                    double[] scores = ClipTowers.doubles(raw);
                    Arrays.setAll(scores, b -> 1 / (1 + Math.exp(-scores[b])));
                    parts.add(scores);
                });
        double[][] rows = new double[picture.length][parts.size()];
        for (int b = 0; b < rows.length; b++) {
            for (int p = 0; p < parts.size(); p++) {
                rows[b][p] = parts.get(p)[b];
            }
        }
        return rows;
    }

    @Override
    public NDArray reward(NDArray pixels, List<String> prompts) {
        return StagedPass.through(stages(prompts), List.of(pixels), List.of()).get(0);
    }

    @Override
    public List<Stage> stages(List<String> prompts) {
        return stages(ict.map(towers -> towers.prompts(prompts)));
    }

    /** The reward for given unit text features (B, P), which a model of HP does without. */
    List<Stage> stages(Optional<NDArray> text) {
        List<ClipTowers> towers = new ArrayList<>();
        ict.ifPresent(towers::add);
        hp.ifPresent(model -> towers.add(model.backbone()));
        List<Stage> stages = new ArrayList<>();
        stages.add(
                (state, context) ->
                        Collections.nCopies(towers.size(), preparation.apply(state.get(0))));
        for (int i = 0; i < towers.size(); i++) {
            stages.addAll(towers.get(i).stages(i));
        }
        stages.add((features, context) -> List.of(reward(features, text)));
        return stages;
    }

    /** From the features of each tower (B, P). */
    private NDArray reward(List<NDArray> features, Optional<NDArray> text) {
        NDArray last = features.get(features.size() - 1);
        if (hp.isEmpty()) {
            return ClipTowers.cosine(last, text.orElseThrow());
        }
        NDArray raw = hp.get().head().forward(last);
        return ict.isEmpty()
                ? ClipTowers.PROGRAM.call("sigmoid", raw)
                : ClipTowers.PROGRAM.call(
                        "combined", ClipTowers.cosine(features.get(0), text.orElseThrow()), raw);
    }

    /** Encodes token ids: unit features (B, P), float32. */
    NDArray textFeatures(long[][] ids) {
        return ict.orElseThrow().textFeatures(ids);
    }

    /** ICT of prepared pictures (B, 3, S, S) and unit text features (B, P): cosines (B). */
    NDArray ict(NDArray pictures, NDArray text) {
        return ClipTowers.cosine(ict.orElseThrow().features(pictures), text);
    }

    /** HP of prepared pictures (B, 3, S, S) before the sigmoid: (B), float32. */
    NDArray hpRaw(NDArray pictures) {
        Hp model = hp.orElseThrow();
        return model.head().forward(model.backbone().features(pictures));
    }

    @Override
    public int unreadTokens(String prompt) {
        return ict.map(towers -> towers.unreadTokens(prompt)).orElse(0);
    }

    @Override
    public double[] promptCosines(List<String> first, List<String> second) {
        return ict.isEmpty()
                ? ScoringNetwork.super.promptCosines(first, second)
                : ict.get().promptCosines(first, second);
    }

    @Override
    public void close() {
        ict.ifPresent(ClipTowers::close);
        hp.ifPresent(model -> model.backbone().close());
    }
}
