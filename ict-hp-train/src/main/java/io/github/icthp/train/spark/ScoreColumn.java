package io.github.icthp.train.spark;

import com.google.common.base.Preconditions;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;

import io.github.icthp.RewardScore;
import io.github.icthp.ScoreProvenance;

import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.MetadataBuilder;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * A column of scores: a struct of the score, its parts, the tokens of the prompt that were not
 * read, the error of a row without a score, and how the score was made.
 */
final class ScoreColumn {

    static final String SCORE = "score";
    static final String UNREAD = "unread_tokens";
    static final String ERROR = "error";
    static final String PROVENANCE = "provenance";

    private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

    private ScoreColumn() {}

    static StructType type(SparkReward.Measure measure) {
        StructType type = new StructType().add(SCORE, DataTypes.DoubleType);
        for (String part : measure.parts()) {
            Preconditions.checkArgument(
                    !List.of(SCORE, UNREAD, ERROR, PROVENANCE).contains(part),
                    "SparkScoring: a part of %s is called '%s', which every score has",
                    measure.kind(),
                    part);
            type = type.add(part, DataTypes.DoubleType);
        }
        return type.add(UNREAD, DataTypes.IntegerType)
                .add(ERROR, DataTypes.StringType)
                .add(PROVENANCE, DataTypes.StringType);
    }

    /** What is known of the scores before any is made. */
    static Metadata metadata(SparkReward reward) {
        SparkReward.Measure measure = reward.measure();
        return new MetadataBuilder()
                .putString("reward", reward.toString())
                .putString("kind", measure.kind().toString())
                .putStringArray("parts", measure.parts().toArray(String[]::new))
                .putBoolean("reads_prompt", measure.readsPrompt())
                .build();
    }

    /** Makes the struct of a score. */
    static Row cell(RewardScore score, int unread, String provenance) {
        RuntimeException failure = score.failure();
        int parts = score.kind().parts().size();
        @Nullable Object[] values = new @Nullable Object[parts + 4];
        if (failure == null) {
            values[0] = score.value();
            for (int i = 0; i < parts; i++) {
                values[1 + i] = score.parts().get(i);
            }
            values[parts + 1] = unread;
        } else {
            values[parts + 2] = error(failure);
        }
        values[parts + 3] = provenance;
        return RowFactory.create(values);
    }

    /** Says why a row has no score. */
    static String error(RuntimeException failure) {
        Throwable told =
                failure.getCause() instanceof UnusableCellException ? failure.getCause() : failure;
        return told.getMessage() == null ? told.toString() : told.getMessage();
    }

    /** Returns how scores are made, as JSON: one text an executor. */
    static String json(ScoreProvenance made) {
        return GSON.toJson(made);
    }

    /** Reads what {@link #json} wrote. */
    static ScoreProvenance provenance(String json) {
        return GSON.fromJson(json, ScoreProvenance.class);
    }
}
