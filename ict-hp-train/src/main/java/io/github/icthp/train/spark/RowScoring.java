package io.github.icthp.train.spark;

import io.github.icthp.ImageSource;
import io.github.icthp.PromptImage;
import io.github.icthp.RewardModel;
import io.github.icthp.RewardScore;

import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.util.LongAccumulator;
import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.Iterator;
import java.util.List;

/** Scores a partition's rows by one reward, on an executor. */
final class RowScoring implements MapPartitionsFunction<Row, Row> {

    private static final long serialVersionUID = 1L;

    private final SparkReward reward;
    private final int promptColumn;
    private final ImageColumn images;
    private final LongAccumulator loads;

    /**
     * Describes the scoring.
     *
     * @param promptColumn its place; negative if the reward reads no prompt
     */
    RowScoring(SparkReward reward, int promptColumn, ImageColumn images, LongAccumulator loads) {
        this.reward = reward;
        this.promptColumn = promptColumn;
        this.images = images;
        this.loads = loads;
    }

    @Override
    public Iterator<Row> call(Iterator<Row> rows) {
        if (!rows.hasNext()) {
            return rows;
        }
        LoadedRewards.Use use = LoadedRewards.use(reward);
        if (use.loaded()) {
            loads.add(1);
        }
        return new ScoredRows(rows, use, new OnePair(use.model()));
    }

    private final class OnePair implements ScoredRows.ScoredRow {

        private final RewardModel model;
        private final String provenance;
        private String latestPrompt = "";
        private int latestUnread;

        private OnePair(RewardModel model) {
            this.model = model;
            this.provenance = ScoreColumn.json(model.provenance());
        }

        @Override
        public int size() {
            return 1;
        }

        @Override
        public List<PromptImage> pairs(Row row) {
            if (promptColumn < 0) {
                return List.of(new PromptImage("", images.read(row)));
            }
            String prompt = row.getString(promptColumn);
            return List.of(pair(prompt, images.read(row)));
        }

        @Override
        public Row with(Row row, List<RewardScore> scores) {
            RewardScore score = scores.get(0);
            int unread = score.failure() != null ? 0 : unread(score.prompt());
            return appended(row, ScoreColumn.cell(score, unread, provenance));
        }

        private int unread(String prompt) {
            if (promptColumn >= 0 && !prompt.equals(latestPrompt)) {
                latestUnread = model.unreadTokens(prompt);
                latestPrompt = prompt;
            }
            return latestUnread;
        }
    }

    /** Pairs a prompt that may be missing with a picture. */
    static PromptImage pair(@Nullable String prompt, ImageSource image) {
        return prompt == null
                ? new PromptImage("", ImageColumn.failing("the prompt is null"))
                : new PromptImage(prompt, image);
    }

    static Row appended(Row row, @Nullable Object... more) {
        @Nullable Object[] values = new @Nullable Object[row.size() + more.length];
        Arrays.setAll(values, i -> i < row.size() ? row.get(i) : more[i - row.size()]);
        return RowFactory.create(values);
    }
}
