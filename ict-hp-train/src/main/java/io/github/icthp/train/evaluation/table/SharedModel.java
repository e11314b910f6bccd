package io.github.icthp.train.evaluation.table;

import com.google.common.base.Preconditions;
import com.google.common.primitives.ImmutableDoubleArray;

import io.github.icthp.PromptImage;
import io.github.icthp.RewardModel;
import io.github.icthp.RewardScore;
import io.github.icthp.ScoreProvenance;
import io.github.icthp.reward.RewardKind;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One model of ICT and HP behind the columns of both and of their product: it is loaded once, and
 * scores a block of pictures once for all of them.
 */
final class SharedModel {

    private final Supplier<RewardModel> loader;
    private @Nullable RewardModel model;
    private int open;
    private List<PromptImage> pairs = List.of();
    private List<RewardScore> scores = List.of();

    SharedModel(Supplier<RewardModel> loader) {
        this.loader = loader;
    }

    /** Opens a column; the first loads the model, and closing the last closes it. */
    ColumnModel column(RewardKind kind) {
        RewardModel loaded = model == null ? loader.get() : model;
        model = loaded;
        open++;
        if (!loaded.kind().parts().containsAll(kind.parts())) {
            String found = loaded.kind().toString();
            close();
            throw new IllegalArgumentException(
                    "ScoreTable: a column of " + kind + " needs a model of it, got " + found);
        }
        return new Column(kind);
    }

    private void close() {
        open--;
        if (open == 0) {
            Preconditions.checkNotNull(model).close();
            model = null;
            pairs = List.of();
            scores = List.of();
        }
    }

    private List<RewardScore> score(List<PromptImage> wanted) {
        if (!same(wanted)) {
            try (Stream<RewardScore> all =
                    Preconditions.checkNotNull(model).scoreAll(wanted.stream())) {
                scores = all.toList();
            }
            pairs = wanted;
        }
        return scores;
    }

    /**
     * Columns of a block are given the very same pairs, whose pictures may be costly to compare.
     */
    @SuppressWarnings("ReferenceEquality")
    private boolean same(List<PromptImage> wanted) {
        if (wanted.size() != pairs.size()) {
            return false;
        }
        for (int i = 0; i < wanted.size(); i++) {
            if (wanted.get(i) != pairs.get(i)) {
                return false;
            }
        }
        return true;
    }

    private final class Column implements ColumnModel {

        private final RewardKind kind;
        private final ScoreProvenance provenance;

        private Column(RewardKind kind) {
            this.kind = kind;
            this.provenance = of(Preconditions.checkNotNull(model).provenance());
        }

        /** As a model of this part alone has it. */
        private ScoreProvenance of(ScoreProvenance all) {
            Map<String, String> weights =
                    all.weights().entrySet().stream()
                            .filter(
                                    entry ->
                                            kind.parts().stream()
                                                    .anyMatch(entry.getKey()::startsWith))
                            .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
            return new ScoreProvenance(
                    weights,
                    all.precision(),
                    all.device(),
                    all.imageConvention(),
                    kind.readsPrompt() ? all.promptConvention() : "",
                    kind.readsPrompt() ? all.textLength() : 0,
                    all.settings(),
                    all.assumption(),
                    all.version());
        }

        @Override
        public RewardKind kind() {
            return kind;
        }

        @Override
        public ScoreProvenance provenance() {
            return provenance;
        }

        @Override
        public Stream<RewardScore> scoreAll(Stream<PromptImage> wanted) {
            return score(wanted.toList()).stream().map(this::part);
        }

        @Override
        public int unreadTokens(String prompt) {
            return Preconditions.checkNotNull(model).unreadTokens(prompt);
        }

        private RewardScore part(RewardScore whole) {
            ImmutableDoubleArray.Builder parts = ImmutableDoubleArray.builder();
            if (whole.failure() == null) {
                kind.parts().forEach(part -> parts.add(whole.part(part)));
            }
            return new RewardScore(
                    whole.prompt(),
                    whole.image(),
                    kind,
                    parts.build(),
                    whole.failure(),
                    provenance);
        }

        @Override
        public void close() {
            SharedModel.this.close();
        }
    }
}
