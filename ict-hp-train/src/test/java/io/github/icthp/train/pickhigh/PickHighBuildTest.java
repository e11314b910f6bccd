package io.github.icthp.train.pickhigh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.hash.HashCode;
import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;

import io.github.icthp.Miniature;
import io.github.icthp.RewardModel;
import io.github.icthp.train.data.PickHighDataset;
import io.github.icthp.train.data.PreferenceTriplet;
import io.github.icthp.train.data.Split;
import io.github.icthp.train.pickhigh.Planned.Plan;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

class PickHighBuildTest {

    private static final int ROWS = 52;

    @TempDir private Path temporary;

    private PickHighBuild build(String folder, LanguageModel model) throws IOException {
        Path source = temporary.resolve("base.jsonl");
        if (!Files.exists(source)) {
            Planned.source(temporary, ROWS);
        }
        return PickHighBuild.of(source, temporary.resolve(folder))
                .extension(
                        (prompts, seeds) -> prompts.stream().map(p -> p + ", 4k").toList(), "test")
                .languageModel(model)
                .renderer(Planned.renderer())
                .requests(4, 0, 3, Duration.ofMillis(1))
                .partSize(7);
    }

    /** Hashes of all files of the data set, without its state. */
    static Map<String, HashCode> files(Path folder) throws IOException {
        Map<String, HashCode> files = new TreeMap<>();
        try (Stream<Path> walk = Files.walk(folder)) {
            for (Path file : walk.filter(Files::isRegularFile).toList()) {
                String name = folder.relativize(file).toString();
                if (!name.startsWith("work") && !name.equals("build.lock")) {
                    files.put(name, MoreFiles.asByteSource(file).hash(Hashing.sha256()));
                }
            }
        }
        return files;
    }

    @Test
    void catchesWhatIsPlantedAndLosesNoGoodRow() throws IOException {
        BuildResult result = build("out", new Planned(2)).run();
        Set<String> expected =
                IntStream.range(0, ROWS)
                        .filter(i -> Planned.plan(i).kept())
                        .mapToObj(
                                i ->
                                        Planned.plan(i).name().toLowerCase(java.util.Locale.ROOT)
                                                + " number "
                                                + i)
                        .collect(Collectors.toCollection(TreeSet::new));
        Set<String> found = new TreeSet<>();
        try (PickHighDataset data = PickHighDataset.open(result.folder(), Split.TRAIN)) {
            assertThat(data.isLabeled()).isFalse();
            for (long row = 0; row < data.size().orElse(0); row++) {
                PreferenceTriplet triplet = data.get(row);
                found.add(triplet.easyPrompt());
                assertThat(triplet.refinedPrompt())
                        .isEqualTo(triplet.easyPrompt() + " in soft light");
            }
        }
        assertThat(found).isEqualTo(expected);
        int each = ROWS / Plan.values().length;
        assertThat(result.triplets()).isEqualTo(expected.size());
        assertThat(result.removals())
                .containsOnly(
                        Map.entry(Removal.Kind.REFUSED.words(), 3L * each),
                        Map.entry(Removal.Kind.WORD.words(), (long) each),
                        Map.entry(Removal.Kind.LOST.words(), (long) each),
                        Map.entry(Removal.Kind.CONFLICT.words(), (long) each),
                        Map.entry(Removal.Kind.BAD_ANSWER.words(), (long) each),
                        Map.entry(Removal.Kind.FAILED.words(), 2L * each));
        assertThat(result.failed()).isEqualTo(2L * each);
        assertThat(Files.readString(result.folder().resolve("report.html")))
                .contains("out of paint", "no answer in 3 tries: HTTP 500", "about 7 %");
        assertThat(Files.readString(result.folder().resolve("README.md")))
                .contains("triplets of 52 base prompts");
    }

    @Test
    void takesPreferredAndRejectedByTheLabel() throws IOException {
        BuildResult result = build("out", new Planned(1)).run();
        try (PickHighDataset data = PickHighDataset.open(result.folder(), Split.TRAIN)) {
            for (long row = 0; row < data.size().orElse(0); row++) {
                PreferenceTriplet triplet = data.get(row);
                int number = Integer.parseInt(triplet.easyPrompt().replaceAll(".* ", ""));
                int preferred = number % 2 == 1 ? 0 : 1;
                assertThat(bytes(triplet.images().preferred()))
                        .isEqualTo(
                                Files.readAllBytes(
                                        temporary.resolve(number + "_" + preferred + ".png")));
                assertThat(bytes(triplet.images().rejected()))
                        .isEqualTo(
                                Files.readAllBytes(
                                        temporary.resolve(
                                                number + "_" + (1 - preferred) + ".png")));
            }
        }
    }

    private static byte[] bytes(io.github.icthp.ImageSource source) throws IOException {
        return Files.readAllBytes(((io.github.icthp.ImageSource.File) source).path());
    }

    @Test
    void asksNothingTwiceAndResumesToTheSameBytes() throws IOException {
        Planned model = new Planned(1);
        BuildResult first = build("out", model).run();
        int asked = model.asked.size();
        BuildResult second = build("out", model).run();
        assertThat(second).isEqualTo(first);
        assertThat(model.asked).hasSize(asked);
        build("other", new Planned(2)).run();
        assertThat(files(temporary.resolve("other"))).isEqualTo(files(first.folder()));
    }

    @Test
    void stopsWhenTheServerIsGoneAndResumes() throws IOException {
        Planned model = new Planned(1);
        AtomicInteger parts = new AtomicInteger();
        PickHighBuild stopped =
                build("out", model)
                        .listener(
                                (step, rows, total) -> {
                                    if (step.equals("refine") && parts.incrementAndGet() == 2) {
                                        model.down = true;
                                    }
                                })
                        .partSize(26);
        // A part of 26 rows has fewer requests than it takes to give up: they fail one by one.
        BuildResult failed = stopped.run();
        assertThat(failed.failed()).isPositive();
        model.down = false;
        BuildResult retried = build("out", model).partSize(26).retryFailed(true).run();
        BuildResult whole = build("whole", new Planned(1)).partSize(26).run();
        assertThat(retried.triplets()).isEqualTo(whole.triplets());
        assertThat(files(retried.folder())).isEqualTo(files(whole.folder()));
    }

    @Test
    void stopsAtOnceWhenNoRequestWillBeAnswered() throws IOException {
        LanguageModel refusing =
                new LanguageModel() {
                    @Override
                    public String name() {
                        return "planned";
                    }

                    @Override
                    public Answer ask(String instructions, String request)
                            throws LanguageModelException {
                        throw new LanguageModelException(
                                LanguageModelException.Kind.EVERY_REQUEST, "HTTP 401");
                    }
                };
        assertThatThrownBy(() -> build("out", refusing).run())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("no request is answered: HTTP 401")
                .hasMessageContaining("run it again to resume");
        assertThat(build("out", new Planned(1)).run().triplets()).isEqualTo(16);
    }

    @Test
    void refusesOtherSettingsAndASecondBuild() throws IOException {
        build("out", new Planned(1)).run();
        assertThatThrownBy(() -> build("out", new Planned(1)).seed(3).run())
                .hasMessageContaining("was begun with seed 0, now it is 3");
        AtomicInteger refused = new AtomicInteger();
        build("two", new Planned(1))
                .listener(
                        (step, rows, total) -> {
                            assertThatThrownBy(() -> build("two", new Planned(1)).run())
                                    .hasMessageContaining("another build is at work");
                            refused.incrementAndGet();
                        })
                .run();
        assertThat(refused).hasPositiveValue();
    }

    @Test
    void noticesASourceThatWasEdited() throws IOException {
        build("out", new Planned(1)).run();
        Path source = temporary.resolve("base.jsonl");
        String text = Files.readString(source);
        Files.writeString(source, text.replace("number 7", "number 8"));
        assertThat(Files.size(source)).isEqualTo(text.length());
        assertThatThrownBy(() -> build("out", new Planned(1)).run())
                .hasMessageContaining("the table of base prompts is not the one that")
                .hasMessageContaining("restore it as it was, or take another folder");
        Files.writeString(source, text);
        assertThat(build("out", new Planned(1)).run().triplets()).isEqualTo(16);
        Files.delete(source);
        assertThatThrownBy(() -> PickHighBuild.of(source, temporary.resolve("out")).run())
                .hasMessageContaining("there is no file " + source);
    }

    @Test
    void labelsAndSplits() throws IOException {
        try (RewardModel clip = RewardModel.ict().ict(Miniature.clip()).build()) {
            BuildResult result =
                    build("out", new Planned(1)).labels(clip, "miniature").validation(0.3).run();
            assertThat(result.theta()).isPresent();
            try (PickHighDataset train = PickHighDataset.open(result.folder(), Split.TRAIN);
                    PickHighDataset val = PickHighDataset.open(result.folder(), Split.VAL)) {
                assertThat(train.isLabeled()).isTrue();
                assertThat(val.size().orElse(0)).isPositive();
                assertThat(train.size().orElse(0) + val.size().orElse(0))
                        .isEqualTo(result.triplets());
            }
            assertThat(Files.readString(result.folder().resolve("report.html")))
                    .contains("CLIP(P_e, P_r)");
        }
    }

    @Test
    void goesOnWithoutRowsWhosePicturesAreDamaged() throws IOException {
        Planned.source(temporary, ROWS);
        Files.writeString(temporary.resolve("0_1.png"), "<html>Not found</html>");
        Files.delete(temporary.resolve("1_0.png"));
        byte[] cut = Files.readAllBytes(temporary.resolve("13_0.png"));
        Files.write(temporary.resolve("13_0.png"), java.util.Arrays.copyOf(cut, 20));
        BuildResult unlabeled = build("out", new Planned(1)).run();
        assertThat(unlabeled.triplets()).isEqualTo(14);
        assertThat(unlabeled.failed()).isEqualTo(8 + 2);
        assertThat(Files.readString(temporary.resolve("out/report.html")))
                .contains("neither PNG, JPEG nor WebP", "1_0.png: cannot be read");
        try (RewardModel clip = RewardModel.ict().ict(Miniature.clip()).build()) {
            BuildResult labeled = build("labeled", new Planned(1)).labels(clip, "miniature").run();
            assertThat(labeled.triplets()).isEqualTo(13);
        }
    }

    @Test
    void estimatesWithoutWriting() throws IOException {
        BuildEstimate estimate = build("out", new Planned(1)).prices(3, 15).sample(20).estimate();
        assertThat(estimate.rows()).isEqualTo(ROWS);
        assertThat(estimate.basePrompts()).isEqualTo(20);
        assertThat(estimate.requests()).isEqualTo(40);
        assertThat(estimate.cost()).isPositive();
        assertThat(temporary.resolve("out")).doesNotExist();
    }

    @Test
    void leavesOutStepsThatAreNotSet() throws IOException {
        Path prompts =
                Files.writeString(temporary.resolve("p.txt"), "a red fox\n\na cat\nA cat!\n");
        BuildResult result = PickHighBuild.of(prompts, temporary.resolve("text")).run();
        assertThat(result.basePrompts()).isEqualTo(2);
        assertThat(result.triplets()).isZero();
        assertThat(result.removals()).isEmpty();
    }
}
