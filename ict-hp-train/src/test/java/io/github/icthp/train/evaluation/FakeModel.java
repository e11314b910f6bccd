package io.github.icthp.train.evaluation;

import com.google.common.base.Splitter;
import com.google.common.primitives.ImmutableDoubleArray;

import io.github.icthp.ImageSource;
import io.github.icthp.Precision;
import io.github.icthp.PromptImage;
import io.github.icthp.RewardScore;
import io.github.icthp.ScoreProvenance;
import io.github.icthp.reward.RewardKind;
import io.github.icthp.train.data.BadRowException;
import io.github.icthp.train.data.IctTargets;
import io.github.icthp.train.data.PreferenceDataset;
import io.github.icthp.train.data.PreferenceTriplet;
import io.github.icthp.train.data.TripletImages;

import org.jspecify.annotations.Nullable;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/** Scores by a table: pictures are named row:rank, prompts are "easy" and "refined". */
final class FakeModel implements ImageScorer {

    private static final ScoreProvenance PROVENANCE =
            new ScoreProvenance(
                    Map.of("ict", "a <table>"),
                    Precision.FP32,
                    "cpu()",
                    "none",
                    "none",
                    77,
                    "",
                    "",
                    "test");

    private final RewardKind kind;
    private final ToDoubleFunction<Asked> ict;
    private final ToDoubleFunction<Asked> hp;
    final List<Asked> asked = new ArrayList<>();

    FakeModel(RewardKind kind, ToDoubleFunction<Asked> ict, ToDoubleFunction<Asked> hp) {
        this.kind = kind;
        this.ict = ict;
        this.hp = hp;
    }

    /** Which score is asked for. */
    record Asked(int row, int rank, String prompt) {}

    static FakeModel ict(ToDoubleFunction<Asked> ict) {
        return new FakeModel(RewardKind.ICT, ict, asked -> Double.NaN);
    }

    static FakeModel hp(ToDoubleFunction<Asked> hp) {
        return new FakeModel(RewardKind.HP, asked -> Double.NaN, hp);
    }

    @Override
    public RewardKind kind() {
        return kind;
    }

    @Override
    public ScoreProvenance provenance() {
        return PROVENANCE;
    }

    @Override
    public Stream<RewardScore> scoreAll(Stream<PromptImage> pairs) {
        return pairs.map(this::score);
    }

    private RewardScore score(PromptImage pair) {
        List<String> name = Splitter.on(':').splitToList(pair.image().name());
        Asked question =
                new Asked(
                        Integer.parseInt(name.get(0)),
                        Integer.parseInt(name.get(1)),
                        pair.prompt());
        asked.add(question);
        @Nullable RuntimeException failure =
                name.size() > 2 ? new IllegalArgumentException("no picture") : null;
        return new RewardScore(
                pair.prompt(),
                pair.image().name(),
                kind,
                failure == null ? parts(question) : ImmutableDoubleArray.of(),
                failure,
                PROVENANCE);
    }

    private ImmutableDoubleArray parts(Asked question) {
        return ImmutableDoubleArray.copyOf(
                kind.parts().stream()
                        .mapToDouble(
                                part -> (part.equals("ict") ? ict : hp).applyAsDouble(question)));
    }

    /** Triplets for such models: a missing row, and a row of which an image cannot be decoded. */
    record Data(OptionalLong size, int missing, int undecodable, Optional<IctTargets> targets)
            implements PreferenceDataset {

        static Data of(long rows) {
            return new Data(OptionalLong.of(rows), -1, -1, Optional.empty());
        }

        @Override
        public PreferenceTriplet get(long row) {
            if (row == missing) {
                throw new BadRowException(name(), row, "E1", "not a number", null);
            }
            return new PreferenceTriplet(
                    row,
                    "easy",
                    "refined",
                    new TripletImages(image(row, 0), image(row, 1), image(row, 2)),
                    targets);
        }

        private ImageSource image(long row, int rank) {
            String bad = row == undecodable && rank == 1 ? ":bad" : "";
            return new ImageSource.Drawn(
                    row + ":" + rank + bad,
                    () -> new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB));
        }

        @Override
        public String name() {
            return "fake <data>";
        }

        @Override
        public String fingerprint() {
            return "fake " + size;
        }

        @Override
        public void close() {}
    }
}
