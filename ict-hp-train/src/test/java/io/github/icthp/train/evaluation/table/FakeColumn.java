package io.github.icthp.train.evaluation.table;

import com.google.common.primitives.ImmutableDoubleArray;

import io.github.icthp.Precision;
import io.github.icthp.PromptImage;
import io.github.icthp.RewardScore;
import io.github.icthp.ScoreProvenance;
import io.github.icthp.image.ImageDecodeException;
import io.github.icthp.image.ImageDecoder;
import io.github.icthp.reward.RewardKind;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/** A model whose score is a function of the pair, and which decodes what it scores. */
final class FakeColumn implements ColumnModel {

    private final RewardKind kind;
    private final String weights;
    private final ToDoubleFunction<PromptImage> score;
    private final boolean decodes;
    final List<String> asked = new ArrayList<>();
    boolean closed;

    /** After so many scores the process is killed. */
    int patience = Integer.MAX_VALUE;

    FakeColumn(
            RewardKind kind, String weights, boolean decodes, ToDoubleFunction<PromptImage> score) {
        this.kind = kind;
        this.weights = weights;
        this.decodes = decodes;
        this.score = score;
    }

    /** A model that looks at the name alone. */
    static FakeColumn of(RewardKind kind, ToDoubleFunction<PromptImage> score) {
        return new FakeColumn(kind, "fake", false, score);
    }

    @Override
    public RewardKind kind() {
        return kind;
    }

    @Override
    public ScoreProvenance provenance() {
        return new ScoreProvenance(
                Map.of("fake", weights),
                Precision.FP32,
                "cpu()",
                "bicubic",
                "tokens",
                77,
                "",
                "",
                "test");
    }

    @Override
    public Stream<RewardScore> scoreAll(Stream<PromptImage> pairs) {
        return pairs.map(this::score);
    }

    private RewardScore score(PromptImage pair) {
        if (asked.size() >= patience) {
            throw new Killed();
        }
        asked.add(pair.image().name());
        @Nullable ImageDecodeException failure = null;
        try {
            if (decodes) {
                pair.image().input().decode(ImageDecoder.standard());
            }
        } catch (ImageDecodeException e) {
            failure = e;
        }
        return new RewardScore(
                pair.prompt(),
                pair.image().name(),
                kind,
                failure == null
                        ? ImmutableDoubleArray.of(score.applyAsDouble(pair))
                        : ImmutableDoubleArray.of(),
                failure,
                provenance());
    }

    @Override
    public void close() {
        closed = true;
    }

    /** Stands for a killed process. */
    static final class Killed extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }
}
