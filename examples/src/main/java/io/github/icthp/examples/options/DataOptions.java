package io.github.icthp.examples.options;

import io.github.icthp.examples.console.UnusableException;
import io.github.icthp.train.data.DatasetException;
import io.github.icthp.train.data.PickHighDataset;
import io.github.icthp.train.data.PickHighLayout;
import io.github.icthp.train.data.Split;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.util.function.Function;

/** Which preference triplets. */
public final class DataOptions {

    @Option(
            names = "--data",
            paramLabel = "DIR",
            required = true,
            description =
                    "the data set's folder: Pick-High/<split>.pkl, .parquet or .jsonl, and images in"
                            + " pick_easy_img/<split> and pick_refine_img/<split>")
    private Path folder = Path.of("");

    @Option(
            names = "--split",
            paramLabel = "SPLIT",
            defaultValue = "test",
            description = "train, val or test; default: ${DEFAULT-VALUE}")
    private Split split = Split.TEST;

    @Option(
            names = "--table",
            paramLabel = "FILE",
            description = "another table for the split's images, such as a newly labeled one")
    private @Nullable Path table;

    /** Opens the triplets. */
    public PickHighDataset open() {
        return open(PickHighDataset::open);
    }

    /** Opens the triplets to label them, whatever labels they have. */
    public PickHighDataset openWithoutLabels() {
        return open(PickHighDataset::openWithoutLabels);
    }

    private PickHighDataset open(Function<PickHighLayout, PickHighDataset> how) {
        try {
            return how.apply(
                    table == null
                            ? PickHighLayout.find(folder, split)
                            : PickHighLayout.of(folder, split, table));
        } catch (DatasetException e) {
            throw new UnusableException(e);
        }
    }
}
