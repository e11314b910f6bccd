package io.github.icthp.reward;

import ai.djl.Device;

import io.github.icthp.clip.VisionSource;
import io.github.icthp.reward.ClipTowers.Loading;
import io.github.icthp.tokenizer.ClipTokenizer;
import io.github.icthp.torch.DType;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * ICT, HP or their product: for ICT both towers of its CLIP, for HP the vision tower alone and the
 * head collapsed to one affine map. Shapes: U pictures, B pairs.
 *
 * <p>Source: arXiv 2507.19002; ICT is a cosine without a logit scale, HP reads the picture's
 * feature before it is normalized.
 */
public final class IctHpReward implements RewardDefinition {

    /** What provenances call HP's head beside its backbone. */
    private static final String HEAD = RewardSources.HP + "_" + RewardSources.HEAD;

    private final RewardKind kind;

    /**
     * Defines one of the three.
     *
     * @param kind {@link RewardKind#ICT}, {@link RewardKind#HP} or {@link RewardKind#COMBINED}
     */
    public IctHpReward(RewardKind kind) {
        this.kind = kind;
    }

    @Override
    public RewardKind kind() {
        return kind;
    }

    @Override
    public List<String> requires() {
        return kind.parts();
    }

    @Override
    public Found find(RewardSources sources) {
        RewardFiles files =
                RewardFiles.find(
                        named(sources, RewardSources.ICT),
                        named(sources, RewardSources.HP),
                        sources.part(RewardSources.BASE),
                        sources.architecture());
        return new Files(kind, files, sources);
    }

    private Optional<Path> named(RewardSources sources, String part) {
        return kind.parts().contains(part) ? sources.part(part) : Optional.empty();
    }

    private record Files(RewardKind kind, RewardFiles files, RewardSources sources)
            implements Found {

        @Override
        public RewardOrigin origin() {
            Map<String, String> weights = new LinkedHashMap<>();
            files.ict().ifPresent(file -> weights.put(RewardSources.ICT, file.toString()));
            files.hp()
                    .ifPresent(
                            hp -> {
                                weights.put(RewardSources.HP, hp.backbone().toString());
                                weights.put(HEAD, hp.head().toString());
                            });
            return ClipShaped.origin(weights, files.settings(), sources, kind.readsPrompt());
        }

        @Override
        public PicturePreparation pictures() {
            return ClipShaped.pictures(files.settings(), sources);
        }

        @Override
        public Optional<VisionSource> visionTower() {
            if (files.ict().isPresent() && files.hp().isPresent()) {
                return Optional.empty();
            }
            Path weights = files.ict().orElseGet(() -> files.hp().orElseThrow().backbone());
            return Optional.of(
                    ClipShaped.vision(weights, files.settings(), kind.name() + " of " + weights));
        }

        @Override
        public ScoringNetwork load(Device device, DType type, Use use) {
            Optional<ClipTokenizer> tokenizer =
                    files.ict()
                            .map(file -> files.settings())
                            .map(settings -> settings.startTokenizer(sources.openClipPrompts()));
            return IctHpNetwork.load(
                    files, tokenizer, new Loading(files.settings(), device, type, use));
        }
    }
}
