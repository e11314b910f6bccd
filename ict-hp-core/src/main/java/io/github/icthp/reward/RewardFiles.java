package io.github.icthp.reward;

import com.google.common.base.Joiner;

import io.github.icthp.clip.ClipArchitecture;
import io.github.icthp.clip.ClipSettings;
import io.github.icthp.weights.Quantization;
import io.github.icthp.weights.Weights;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The files of a reward model, found from what the user named.
 *
 * @param ict ICT's weights: a file, or a folder that {@link Weights#open} understands
 * @param hp HP's two files
 * @param settings the shape of the CLIP models, how images are prepared, and the tokenizer
 */
record RewardFiles(Optional<Path> ict, Optional<HpFiles> hp, ClipSettings settings) {

    /**
     * HP's files.
     *
     * @param backbone weights of a CLIP model whose text tower may be absent
     * @param head weights of the MLP
     */
    record HpFiles(Path backbone, Path head) {

        private void locate() {
            requireUsable(backbone);
            requireUsable(head);
        }

        Stream<Path> folders() {
            Path folder = Files.isDirectory(backbone) ? backbone : backbone.getParent();
            Path released = folder.toAbsolutePath().getParent();
            return released == null ? Stream.of(backbone) : Stream.of(backbone, released);
        }
    }

    /**
     * Finds the files.
     *
     * @param ict a file, a folder of weights, or the root of the released layout
     * @param hp a folder with {@code hp_backbone} and {@code hp_scorer}, or the root of the
     *     released layout
     * @param base a folder with {@code config.json}, if the user named one
     * @param architecture the shape and image settings, if the user named them
     */
    static RewardFiles find(
            Optional<Path> ict,
            Optional<Path> hp,
            Optional<Path> base,
            Optional<ClipArchitecture> architecture) {
        Optional<Path> ictWeights = ict.map(path -> ClipSettings.weights(released(path, "ICT")));
        Optional<HpFiles> hpFiles = hp.map(path -> hpFiles(released(path, "HP")));
        List<Path> weights =
                Stream.concat(ictWeights.stream(), hpFiles.stream().flatMap(HpFiles::folders))
                        .toList();
        ictWeights.ifPresent(RewardFiles::requireUsable);
        hpFiles.ifPresent(HpFiles::locate);
        ClipSettings settings = ClipSettings.find(weights, base, architecture);
        return new RewardFiles(ictWeights, hpFiles, settings);
    }

    /** Both models are looked at before the first is loaded. */
    private static void requireUsable(Path weights) {
        Weights.locate(weights);
        Quantization.refuse(weights, weights);
    }

    private static Path released(Path path, String name) {
        Path below = path.resolve(name);
        return Files.isDirectory(below) ? below : path;
    }

    private static HpFiles hpFiles(Path folder) {
        Path backbone = folder.resolve("hp_backbone");
        Path scorer = folder.resolve("hp_scorer");
        List<Path> missing =
                Stream.of(backbone, scorer).filter(part -> !Files.isDirectory(part)).toList();
        if (!missing.isEmpty()) {
            throw new IllegalArgumentException(
                    "RewardModel: HP has a backbone and a head: expected folders hp_backbone and"
                            + " hp_scorer in "
                            + folder
                            + ", but there is no folder "
                            + Joiner.on(" and no ").join(missing));
        }
        Path released = scorer.resolve("mlp_pytorch_model.bin");
        return new HpFiles(
                ClipSettings.weights(backbone), Files.exists(released) ? released : scorer);
    }
}
