package io.github.icthp.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;

import com.google.gson.JsonObject;

import io.github.icthp.testing.Devices;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.training.TrainingLoop.Result;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.function.LongFunction;
import java.util.function.UnaryOperator;

/** A trainer of one's own: a line through noisy points that are drawn anew in every step. */
class TrainingLoopTest {

    private static final double SLOPE = 2;

    @TempDir Path temp;
    private final TensorScope scope = TensorScope.open(Devices.tested());

    @AfterEach
    void close() {
        scope.close();
    }

    private static OptimizerConfig config(UnaryOperator<OptimizerConfig.Builder> change) {
        return change.apply(
                        OptimizerConfig.custom()
                                .steps(20)
                                .learningRate(0.1)
                                .weightDecay(0)
                                .batchSize(3))
                .build();
    }

    private final class Line implements TrainingTask {

        private final NDArray slope = Tensors.of(new float[] {0}, 1);
        private final Updater updater;
        private LongFunction<Map<String, Double>> evaluation = step -> Map.of();
        private double sum;
        private final List<String> published = new ArrayList<>();

        Line(OptimizerConfig config) {
            List<Trainable> trainables = List.of(Trainable.of("slope", slope));
            updater = new Updater(config, trainables, LossScaler.none(), scope.manager());
        }

        double value() {
            return slope.getFloat(0);
        }

        @Override
        public Updater updater() {
            return updater;
        }

        @Override
        public Map<String, Double> gradients(Gradients gradients) {
            double noise = Seeds.random(1, updater.step(), "noise").nextDouble() - 0.5;
            double error = value() - SLOPE - noise;
            sum += error;
            TensorScope.run(
                    Devices.tested(),
                    () -> {
                        gradients.add("slope", Tensors.of(new float[] {(float) error}, 1));
                    });
            Map<String, Double> values = new LinkedHashMap<>();
            values.put("loss", error * error);
            values.put("sum", sum);
            return values;
        }

        @Override
        public String inputs() {
            return "noise of step " + updater.step();
        }

        @Override
        public Map<String, Double> evaluate(long step, RunReporter run) {
            return evaluation.apply(step);
        }

        @Override
        public EarlyStop earlyStop(int patience) {
            return new BestEvaluation("score", "loss", patience);
        }

        @Override
        public JsonObject state() {
            JsonObject state = new JsonObject();
            state.addProperty("sum", sum);
            return state;
        }

        @Override
        public void restore(JsonObject state) {
            sum = state.get("sum").getAsDouble();
        }

        @Override
        public void saved(RunFolder folder, boolean best) {
            published.add(updater.step() + (best ? " best " : " ") + value());
        }

        @Override
        public void finished(RunFolder folder) {
            published.add("end " + value());
        }

        @Override
        public List<Chart> charts() {
            return List.of(new Chart("loss.png", "Loss", "loss"::equals));
        }
    }

    private RunBuilder<?> options(String name) {
        return RunOptions.custom(temp.resolve(name)).saveEvery(4).resume(true);
    }

    private static Result run(Line task, RunBuilder<?> builder) {
        RunOptions options = builder.runOptions();
        Map<String, Object> config = Map.of("optimizer", task.updater.config());
        RunRecord record = RunRecord.of("line", 1, config, Map.of(), Devices.tested());
        try (RunFolder folder = options.open(record)) {
            return TrainingLoop.run(task, options, folder);
        }
    }

    private List<String> values(String name) {
        return MetricsFile.read(temp.resolve(name).resolve("metrics.jsonl")).stream()
                .map(m -> m.step() + " " + m.values().get("loss") + " " + m.values().get("sum"))
                .toList();
    }

    private static RunListener failAfter(long step) {
        return new RunListener() {
            @Override
            public void stepped(Metrics metrics, RunProgress progress) {
                if (metrics.step() == step) {
                    throw new IllegalStateException("killed");
                }
            }
        };
    }

    @Test
    void resumesToTheBitWithAverageAndState() {
        Line whole = new Line(config(o -> o.average(0.8)));
        assertThat(run(whole, options("whole"))).isEqualTo(new Result(20, "finished"));
        assertThat(whole.value()).isBetween(1.0, 3.0);
        Line killed = new Line(config(o -> o.average(0.8)));
        assertThatThrownBy(() -> run(killed, options("killed").listener(failAfter(10))))
                .hasMessage("killed");
        Line resumed = new Line(config(o -> o.average(0.8)));
        assertThat(run(resumed, options("killed")).steps()).isEqualTo(20);
        assertThat(resumed.value()).isEqualTo(whole.value());
        assertThat(values("killed")).isEqualTo(values("whole")).hasSize(20);
        assertThat(resumed.published)
                .isEqualTo(whole.published.subList(1, whole.published.size()))
                .last()
                .isNotEqualTo("end " + whole.value());
    }

    @Test
    void aYoungAverageForgetsFaster() {
        Line plain = new Line(config(o -> o.average(0.99)));
        run(plain, options("plain"));
        Line young = new Line(config(o -> o.averageWithWarmUp(0.99)));
        run(young, options("young"));
        assertThat(young.value()).isEqualTo(plain.value());
        assertThat(average(young)).isGreaterThan(2 * average(plain));
    }

    private static double average(Line task) {
        return task.updater.average().orElseThrow().tensors().get("slope").getFloat(0);
    }

    @Test
    void marksTheBestAndStopsEarly() {
        Line task = new Line(config(o -> o));
        double[] scores = {0.1, 0.5, 0.4, 0.5, 0.3, 0.9};
        task.evaluation =
                step -> Map.of("score", scores[(int) step / 2 - 1], "loss", (double) step);
        Result result = run(task, options("early").evaluateEvery(2).patience(3));
        assertThat(result)
                .isEqualTo(new Result(10, "stopped early: 3 evaluations brought nothing better"));
        CheckpointStore checkpoints = new CheckpointStore(temp.resolve("early/checkpoints"), 2);
        assertThat(checkpoints.best().orElseThrow().step()).isEqualTo(4);
        assertThat(checkpoints.latest().orElseThrow().step()).isEqualTo(10);
        assertThat(task.published.get(1)).startsWith("4 best ");
        assertThat(temp.resolve("early/loss.png")).isNotEmptyFile();

        Line again = new Line(config(o -> o));
        assertThat(run(again, options("early").evaluateEvery(2).patience(3))).isEqualTo(result);
        assertThat(again.value()).isEqualTo(task.value());
    }

    @Test
    void stopsAtWhatIsNotFiniteAndKeepsTheCheckpoint() {
        Line task = new Line(config(o -> o.learningRate(1e38)));
        assertThatThrownBy(() -> run(task, options("wild").saveEvery(1)))
                .isInstanceOf(DivergenceException.class)
                .hasMessageContaining("noise of step ")
                .hasMessageContaining("nothing was moved");
        assertThat(temp.resolve("wild/checkpoints/step-00000001")).isDirectory();
    }

    @Test
    void anInterruptStopsItBeforeTheNextStep() {
        RunListener interrupt =
                new RunListener() {
                    @Override
                    public void stepped(Metrics metrics, RunProgress progress) {
                        if (metrics.step() == 7) {
                            Thread.currentThread().interrupt();
                        }
                    }
                };
        try {
            assertThatThrownBy(
                            () ->
                                    run(
                                            new Line(config(o -> o)),
                                            options("stop").listener(interrupt)))
                    .isInstanceOf(CancellationException.class)
                    .hasMessageContaining("interrupted after 7 of 20 steps")
                    .hasMessageContaining("resume the run in");
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    /** What an earlier version of a run of reward models wrote beside its tensors. */
    @Test
    void readsTheBestEvaluationOfAnEarlierVersion() {
        JsonObject best = new JsonObject();
        best.addProperty("accuracy", 0.75);
        best.addProperty("loss", 0.5);
        best.addProperty("since", 2);
        JsonObject state = new JsonObject();
        state.add("best", best);
        BestEvaluation found = new BestEvaluation("pair_accuracy", "loss", 3);
        found.restore(state);
        assertThat(found.best()).isEqualTo(0.75);
        assertThat(found.isBest(4)).isFalse();
        found.evaluated(5, Map.of("pair_accuracy", 0.75, "loss", 0.5));
        assertThat(found.reason()).isPresent();
        found.evaluated(6, Map.of("pair_accuracy", 0.75, "loss", 0.4));
        assertThat(found.isBest(6)).isTrue();
        best.addProperty("accuracy", -1);
        found.restore(state);
        assertThat(found.best()).isNaN();
    }

    @Test
    void listensToWhatHappens() {
        List<String> heard = new ArrayList<>();
        RunListener listener =
                new RunListener() {
                    @Override
                    public void started(RunRecord record, long step, long total) {
                        heard.add(record.kind() + " " + step + " of " + total);
                    }

                    @Override
                    public void evaluated(Metrics metrics) {
                        heard.add("evaluated " + metrics.step());
                    }

                    @Override
                    public void saved(Path folder) {
                        heard.add(folder.getFileName() + " " + Files.exists(folder));
                    }

                    @Override
                    public void ended(long step, String reason) {
                        heard.add(reason + " " + step);
                    }
                };
        Line task = new Line(config(o -> o.steps(6)));
        task.evaluation = step -> Map.of("score", 1.0);
        run(task, options("heard").evaluateEvery(6).listener(listener));
        assertThat(heard)
                .containsExactly(
                        "line 0 of 6",
                        "step-00000004 true",
                        "evaluated 6",
                        "step-00000006 true",
                        "finished 6");
    }
}
