package io.github.icthp.examples.evaluate;

import io.github.icthp.JpegCompressibility;
import io.github.icthp.RewardModel;
import io.github.icthp.examples.options.RewardSpec;
import io.github.icthp.reward.RewardKind;
import io.github.icthp.reward.ScoreScale;
import io.github.icthp.train.evaluation.table.ScoreTable;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/** A column of a table as the command line names it: a scorer, or JPEG compressibility. */
interface TableColumn {

    /**
     * What has no gradient, and so is no scorer elsewhere: ddpo-pytorch's reward and flow_grpo's.
     */
    Map<String, ScoreScale> JPEG =
            Map.of(
                    "jpeg",
                    ScoreScale.MINUS_KILOBYTES,
                    "jpeg-500",
                    ScoreScale.MINUS_KILOBYTES_OF_500);

    RewardKind kind();

    /** Adds the column under a name; a scorer's model is loaded when it is needed. */
    void addTo(ScoreTable table, String name, Function<RewardSpec, Supplier<RewardModel>> models);

    /** JPEG compressibility. */
    record Jpeg(ScoreScale scale) implements TableColumn {

        @Override
        public RewardKind kind() {
            return RewardKind.jpeg(scale);
        }

        @Override
        public void addTo(
                ScoreTable table, String name, Function<RewardSpec, Supplier<RewardModel>> models) {
            table.column(name, JpegCompressibility.ofDefaults(), scale);
        }

        @Override
        public String toString() {
            return kind().toString();
        }
    }

    /** A scorer. */
    record Scorer(RewardSpec reward) implements TableColumn {

        private static final Set<RewardKind> SHARED =
                Set.of(RewardKind.ICT, RewardKind.HP, RewardKind.COMBINED);

        @Override
        public RewardKind kind() {
            return reward.definition().kind();
        }

        @Override
        public void addTo(
                ScoreTable table, String name, Function<RewardSpec, Supplier<RewardModel>> models) {
            Supplier<RewardModel> model = models.apply(reward);
            if (SHARED.contains(kind())) {
                table.column(name, kind(), model);
            } else {
                table.column(name, model);
            }
        }

        @Override
        public String toString() {
            return reward.toString();
        }
    }

    /** Reads the value of an option. */
    final class Converter implements ITypeConverter<TableColumn> {

        @Override
        public TableColumn convert(String value) {
            ScoreScale jpeg = JPEG.get(value.toLowerCase(Locale.ROOT));
            if (jpeg != null) {
                return new Jpeg(jpeg);
            }
            RewardSpec reward = new RewardSpec.Converter().convert(value);
            if (reward.weight().isPresent()) {
                throw new TypeConversionException(
                        "a table's columns are not added up; leave out the weight of " + value);
            }
            return new Scorer(reward);
        }
    }
}
