package io.github.icthp.train.pickhigh;

import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import com.google.common.primitives.ImmutableLongArray;

import io.github.icthp.RewardModel;
import io.github.icthp.files.DurableFiles;
import io.github.icthp.train.data.IctLabels;
import io.github.icthp.train.data.PickHighLayout;
import io.github.icthp.train.data.PickHighWriter;
import io.github.icthp.train.data.RewardClipScorer;
import io.github.icthp.train.data.Split;
import io.github.icthp.train.data.ThetaEstimator;
import io.github.icthp.train.data.TripletLabeler;
import io.github.icthp.training.Seeds;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/** Joins the rows that are kept into triplets, labels them, and writes report and data card. */
final class BuildOutput {

    private static final int COSINES = 64;

    private final BuildSettings settings;
    private final BuildFolder folder;
    private final StepFolder state;
    private final int parts;
    private final BasePrompts.Counts counts;
    private final Map<String, Object> made;

    BuildOutput(
            BuildSettings settings,
            BuildFolder folder,
            StepFolder state,
            int parts,
            BasePrompts.Counts counts,
            Map<String, Object> made) {
        this.settings = settings;
        this.folder = folder;
        this.state = state;
        this.parts = parts;
        this.counts = counts;
        this.made = made;
    }

    BuildResult finish() throws IOException {
        BuildTally tally = new BuildTally();
        ImmutableLongArray.Builder training = ImmutableLongArray.builder();
        ImmutableLongArray.Builder validation = ImmutableLongArray.builder();
        Iterator<PromptRow> rows = state.rows(parts);
        while (rows.hasNext()) {
            PromptRow row = rows.next();
            tally.add(row);
            if (row.kept() && row.hasPair() && row.picture() != null) {
                (isValidation(row) ? validation : training).add(row.row());
            }
        }
        ImmutableLongArray train = training.build();
        ImmutableLongArray val = validation.build();
        DataCard.Outcome outcome;
        if (DataCard.isWhole(folder.card())) {
            outcome = DataCard.read(folder.card());
        } else {
            outcome = write(train, val);
        }
        // The card is last: its presence says that all else is whole.
        BuildReport.page(settings, folder, counts, tally, outcome)
                .write(folder.path().resolve("report.html"));
        DataCard card = new DataCard(made, counts, tally, outcome, settings);
        DurableFiles.write(folder.path().resolve("README.md"), card.markdown());
        DurableFiles.write(folder.card(), card.json());
        return new BuildResult(
                folder.path(),
                counts.taken,
                outcome.triplets(),
                card.removals(),
                tally.count(Removal.Kind.FAILED),
                tally.inputTokens,
                tally.outputTokens,
                outcome.theta());
    }

    private boolean isValidation(PromptRow row) {
        double place = (Seeds.derive(settings.seed, row.row(), "split") >>> 11) * 0x1.0p-53;
        return place < settings.validation;
    }

    private DataCard.Outcome write(ImmutableLongArray train, ImmutableLongArray val)
            throws IOException {
        if (train.isEmpty()) {
            return new DataCard.Outcome(0, OptionalDouble.empty(), Map.of(), cosines());
        }
        OptionalDouble theta = OptionalDouble.empty();
        long written;
        if (settings.clip.isEmpty()) {
            written = unlabeled(Split.TRAIN, train) + unlabeled(Split.VAL, val);
        } else {
            RewardModel clip = settings.clip.get();
            IctLabels labels =
                    new ThetaEstimator(clip, 0)
                            .progress(n -> settings.listener.progress("theta", n, train.length()))
                            .estimate(triplets(train));
            theta = OptionalDouble.of(labels.theta());
            written =
                    labeled(Split.TRAIN, train, labels, clip)
                            + labeled(Split.VAL, val, labels, clip);
        }
        return new DataCard.Outcome(written, theta, tables(), cosines());
    }

    private BuiltTriplets triplets(ImmutableLongArray numbers) {
        return new BuiltTriplets(folder.work(), state, settings.part, numbers);
    }

    private PickHighLayout layout(Split split) {
        return PickHighLayout.of(folder.path(), split, "parquet");
    }

    /** Labels and writes a split, without rows whose pictures cannot be decoded. */
    private long labeled(
            Split split, ImmutableLongArray numbers, IctLabels labels, RewardModel clip)
            throws IOException {
        if (numbers.isEmpty()) {
            return 0;
        }
        BuiltTriplets data = triplets(numbers);
        return new TripletLabeler(labels, new RewardClipScorer(clip, data.name()))
                .badRows(bad -> {})
                .progress(n -> settings.listener.progress("label", n, numbers.length()))
                .label(data, layout(split));
    }

    private long unlabeled(Split split, ImmutableLongArray numbers) throws IOException {
        if (numbers.isEmpty()) {
            return 0;
        }
        BuiltTriplets data = triplets(numbers);
        try (PickHighWriter writer = PickHighWriter.unlabeled(layout(split))) {
            for (int i = 0; i < numbers.length(); i++) {
                writer.write(data.get(i));
            }
            settings.listener.progress("join", numbers.length(), numbers.length());
            return writer.finish();
        }
    }

    private Map<String, String> tables() throws IOException {
        Map<String, String> tables = new LinkedHashMap<>();
        for (Split split : List.of(Split.TRAIN, Split.VAL)) {
            java.nio.file.Path table = layout(split).table();
            if (java.nio.file.Files.exists(table)) {
                tables.put(
                        folder.path().relativize(table).toString(),
                        "sha256:" + MoreFiles.asByteSource(table).hash(Hashing.sha256()));
            }
        }
        return tables;
    }

    /** CLIP(P_e, P_r) of every row that is kept, as counts of twenty bins from -1 to 1. */
    private List<Long> cosines() {
        if (settings.clip.isEmpty()) {
            return List.of();
        }
        long[] bins = new long[DataCard.COSINE_BINS];
        List<String> base = new ArrayList<>();
        List<String> refined = new ArrayList<>();
        Iterator<PromptRow> rows = state.rows(parts);
        while (rows.hasNext() || !base.isEmpty()) {
            if (rows.hasNext()) {
                PromptRow row = rows.next();
                if (row.kept()) {
                    base.add(row.base());
                    refined.add(row.best());
                }
            }
            if (base.size() == COSINES || (!rows.hasNext() && !base.isEmpty())) {
                for (double cosine : settings.clip.get().promptCosines(base, refined)) {
                    int bin = (int) Math.floor((cosine + 1) / 2 * bins.length);
                    bins[Math.max(0, Math.min(bins.length - 1, bin))]++;
                }
                base.clear();
                refined.clear();
            }
        }
        List<Long> counted = new ArrayList<>();
        for (long bin : bins) {
            counted.add(bin);
        }
        return counted;
    }

    static String percent(long part, long whole) {
        return whole == 0 ? "0 %" : String.format(Locale.ROOT, "%.1f %%", 100.0 * part / whole);
    }
}
