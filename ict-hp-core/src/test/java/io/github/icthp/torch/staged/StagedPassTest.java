package io.github.icthp.torch.staged;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;

import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Expected;
import io.github.icthp.testing.RandomWeights;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.TorchProgram;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Gradients stage by stage are those of one graph through all stages. */
class StagedPassTest {

    private static final int BATCH = 5;
    private static final int WIDTH = 4;
    private static final double TOLERANCE = 1e-5;

    private static final TorchProgram PROGRAM =
            TorchProgram.ofText(
                    "stages",
                    "class Ops(Module):\n"
                            + "  __parameters__ = []\n"
                            + "  __buffers__ = []\n"
                            + "  training : bool\n"
                            + "  def mix(self: __torch__.Ops, x: Tensor, c: Tensor, w: Tensor, v:"
                            + " Tensor) -> Tensor:\n"
                            + "    t = ops.prim.dtype(x)\n"
                            + "    return torch.tanh(torch.linear(x, torch.to(w, t))) + torch.linear(c,"
                            + " torch.to(v, t))\n"
                            + "  def add(self: __torch__.Ops, x: Tensor, y: Tensor) -> Tensor:\n"
                            + "    return x + y * y\n");

    private TensorScope scope;

    @BeforeEach
    void open() {
        scope = TensorScope.open(Devices.tested());
    }

    @AfterEach
    void close() {
        scope.close();
    }

    static Stream<Activations> policies() {
        return Stream.of(
                Activations.kept(),
                Activations.recomputed(),
                Activations.recomputedInRows(1),
                Activations.recomputedInRows(2L * WIDTH * Float.BYTES));
    }

    private static NDArray random(long seed, long... shape) {
        int count = 1;
        for (long dimension : shape) {
            count *= (int) dimension;
        }
        return Tensors.of(RandomWeights.values(count, seed, 0.7), shape);
    }

    /** tanh(W x) + V c; weights may be frozen, and computed with in another type. */
    private record Mix(String name, NDArray w, NDArray v, boolean trained, Optional<DType> type)
            implements Stage {

        static Mix of(int index, boolean trained) {
            NDArray w = random(10 + index, WIDTH, WIDTH);
            NDArray v = random(20 + index, WIDTH, WIDTH);
            return new Mix(
                    "mix" + index,
                    trained ? Autograd.leaf(w) : w,
                    trained ? Autograd.leaf(v) : v,
                    trained,
                    Optional.empty());
        }

        Mix in(DType other) {
            return new Mix(name, w, v, trained, Optional.of(other));
        }

        @Override
        public Stage prepared() {
            return type.<Stage>map(
                            other ->
                                    new Mix(
                                            name,
                                            Autograd.leaf(Tensors.cast(w, other)),
                                            Autograd.leaf(Tensors.cast(v, other)),
                                            trained,
                                            Optional.empty()))
                    .orElse(this);
        }

        @Override
        public List<NDArray> forward(List<NDArray> state, List<NDArray> context) {
            List<NDArray> next = new ArrayList<>(state);
            next.set(0, PROGRAM.call("mix", state.get(0), context.get(0), w, v));
            return next;
        }

        @Override
        public Map<String, NDArray> trainable() {
            return trained ? Map.of(name + ".w", w, name + ".v", v) : Map.of();
        }

        @Override
        public boolean readsContext() {
            return true;
        }
    }

    private static List<NDArray> push(List<NDArray> state, List<NDArray> context) {
        return List.of(state.get(0), state.get(0));
    }

    private static List<NDArray> pop(List<NDArray> state, List<NDArray> context) {
        return List.of(PROGRAM.call("add", state.get(0), state.get(1)));
    }

    /** A network with a skip connection over its middle. */
    private static List<Stage> network() {
        return List.of(
                Mix.of(0, true),
                StagedPassTest::push,
                Mix.of(1, true),
                Mix.of(2, false),
                StagedPassTest::pop,
                Mix.of(3, true));
    }

    private record Result(Map<String, NDArray> gradients, NDArray output) {}

    private static final class Problem {

        private final List<? extends Stage> stages;
        private final NDArray x = random(1, BATCH, WIDTH);
        private final NDArray c = random(2, BATCH, WIDTH);
        private final NDArray upstream = random(3, BATCH, WIDTH);

        Problem(List<? extends Stage> stages) {
            this.stages = stages;
        }

        Result whole() {
            Map<String, NDArray> inputs = new LinkedHashMap<>();
            stages.forEach(stage -> inputs.putAll(stage.trainable()));
            inputs.put("x", Autograd.leaf(x));
            inputs.put("c", Autograd.leaf(c));
            NDArray output =
                    StagedPass.through(stages, List.of(inputs.get("x")), List.of(inputs.get("c")))
                            .get(0);
            List<Optional<NDArray>> found =
                    Autograd.gradients(output, upstream, List.copyOf(inputs.values()));
            Map<String, NDArray> gradients = new LinkedHashMap<>();
            int i = 0;
            for (String name : inputs.keySet()) {
                gradients.put(name, found.get(i++).orElseThrow());
            }
            return new Result(gradients, output);
        }

        Result staged(Activations activations) {
            return staged(activations, x, c);
        }

        Result staged(Activations activations, NDArray state, NDArray context) {
            PassInputs inputs =
                    PassInputs.differentiated(state).withContext(List.of(context), true);
            StagedPass pass = StagedPass.record(stages, inputs, activations);
            Map<String, NDArray> gradients = new LinkedHashMap<>();
            NDArray flow = Tensors.cast(upstream, Tensors.dtype(state));
            PassGradients found = pass.backward(flow, gradients::put);
            gradients.put("x", found.ofState());
            gradients.put("c", found.context().get(0).orElseThrow());
            return new Result(gradients, pass.output());
        }
    }

    private static void assertClose(Result found, Result expected, double tolerance) {
        assertThat(found.gradients().keySet()).isEqualTo(expected.gradients().keySet());
        expected.gradients()
                .forEach(
                        (name, gradient) ->
                                Expected.assertClose(
                                        name,
                                        Tensors.toFloats(found.gradients().get(name)),
                                        Tensors.toFloats(gradient),
                                        tolerance));
        Expected.assertClose(
                "output",
                Tensors.toFloats(found.output()),
                Tensors.toFloats(expected.output()),
                tolerance);
    }

    @ParameterizedTest
    @MethodSource("policies")
    void gradientsAreThoseOfTheWholeGraph(Activations activations) {
        Problem problem = new Problem(network());
        assertClose(problem.staged(activations), problem.whole(), TOLERANCE);
    }

    @Test
    void recomputedGradientsAreTheKeptOnesToTheBit() {
        Problem problem = new Problem(network());
        Result kept = problem.staged(Activations.kept());
        Result recomputed = problem.staged(Activations.recomputed());
        kept.gradients()
                .forEach(
                        (name, gradient) ->
                                assertThat(Tensors.toFloats(recomputed.gradients().get(name)))
                                        .as(name)
                                        .isEqualTo(Tensors.toFloats(gradient)));
        assertThat(Tensors.toFloats(recomputed.output()))
                .isEqualTo(Tensors.toFloats(kept.output()));
    }

    @ParameterizedTest
    @MethodSource("policies")
    void gradientsOfCopiesAreOfTheirType(Activations activations) {
        Problem wide = new Problem(List.of(Mix.of(0, true), Mix.of(1, true)));
        Problem narrow =
                new Problem(
                        List.of(
                                Mix.of(0, true).in(DType.BFLOAT16),
                                Mix.of(1, true).in(DType.BFLOAT16)));
        Result found =
                narrow.staged(
                        activations,
                        Tensors.cast(narrow.x, DType.BFLOAT16),
                        Tensors.cast(narrow.c, DType.BFLOAT16));
        assertThat(found.gradients().values())
                .allSatisfy(g -> assertThat(Tensors.dtype(g)).isEqualTo(DType.BFLOAT16));
        assertClose(found, wide.whole(), 0.1);
    }

    @ParameterizedTest
    @MethodSource("policies")
    void notANumberReachesEveryGradient(Activations activations) {
        Problem problem = new Problem(List.of(Mix.of(0, true), Mix.of(1, true)));
        float[] values = Tensors.toFloats(problem.x);
        values[6] = Float.NaN;
        Result found = problem.staged(activations, Tensors.of(values, BATCH, WIDTH), problem.c);
        assertThat(found.gradients().keySet()).contains("mix0.w", "mix1.w", "x");
        for (String name : List.of("mix0.w", "mix1.w", "x")) {
            assertThat(Tensors.isFinite(found.gradients().get(name))).as(name).isFalse();
        }
    }

    @ParameterizedTest
    @MethodSource("policies")
    void stagesThatNoGradientReachesKeepNothing(Activations activations) {
        List<Stage> stages = List.of(Mix.of(0, false), Mix.of(1, false), Mix.of(2, true));
        Problem problem = new Problem(stages);
        PassInputs inputs = PassInputs.constant(problem.x).withContext(List.of(problem.c), false);
        StagedPass pass = StagedPass.record(stages, inputs, activations);
        assertThat(pass.states()).hasSize(2);
        Map<String, NDArray> gradients = new LinkedHashMap<>();
        PassGradients found = pass.backward(problem.upstream, gradients::put);
        assertThat(found.state()).containsExactly(Optional.empty());
        assertThat(found.context()).containsExactly(Optional.empty());
        assertThat(gradients.keySet()).containsExactlyInAnyOrder("mix2.w", "mix2.v");
        Expected.assertClose(
                "mix2.w",
                Tensors.toFloats(gradients.get("mix2.w")),
                Tensors.toFloats(problem.whole().gradients().get("mix2.w")),
                TOLERANCE);
    }

    @Test
    void forwardKeepsTheOutputAlone() {
        Problem problem = new Problem(network());
        PassInputs inputs = PassInputs.constant(problem.x).withContext(List.of(problem.c), false);
        for (Activations activations : policies().toList()) {
            NDArray output = StagedPass.forward(problem.stages, inputs, activations).get(0);
            Expected.assertClose(
                    "output",
                    Tensors.toFloats(output),
                    Tensors.toFloats(problem.whole().output()),
                    TOLERANCE);
        }
    }

    @ParameterizedTest
    @MethodSource("policies")
    void aPassCanGiveAnotherItsContext(Activations activations) {
        NDArray w = Autograd.leaf(random(30, BATCH, WIDTH));
        Stage embedding =
                new Stage() {
                    @Override
                    public List<NDArray> forward(List<NDArray> state, List<NDArray> context) {
                        return List.of(PROGRAM.call("add", w, w));
                    }

                    @Override
                    public Map<String, NDArray> trainable() {
                        return Map.of("embedding", w);
                    }
                };
        Problem problem = new Problem(List.of(Mix.of(0, false), Mix.of(1, false)));
        StagedPass first =
                StagedPass.record(
                        List.of(embedding), PassInputs.constant(), Activations.recomputed());
        StagedPass second =
                StagedPass.record(
                        problem.stages,
                        PassInputs.constant(problem.x).withContext(first.outputs(), true),
                        activations);
        PassGradients found = second.backward(problem.upstream, (name, gradient) -> {});
        Map<String, NDArray> gradients = new LinkedHashMap<>();
        first.backward(found.context(), gradients::put);

        NDArray context = PROGRAM.call("add", w, w);
        NDArray output =
                StagedPass.through(problem.stages, List.of(problem.x), List.of(context)).get(0);
        NDArray expected =
                Autograd.gradients(output, problem.upstream, List.of(w)).get(0).orElseThrow();
        Expected.assertClose(
                "embedding",
                Tensors.toFloats(gradients.get("embedding")),
                Tensors.toFloats(expected),
                TOLERANCE);
    }

    @ParameterizedTest
    @MethodSource("policies")
    void everythingIsFreedOnTheWayBackAndAtTheEnd(Activations activations) {
        List<Stage> stages = network();
        Problem problem = new Problem(stages);
        PassInputs inputs =
                PassInputs.differentiated(problem.x).withContext(List.of(problem.c), true);
        NDArray output;
        try (StagedPass pass = StagedPass.record(stages, inputs, activations)) {
            List<NDArray> between = new ArrayList<>();
            List<List<NDArray>> states = pass.states();
            states.subList(1, states.size() - 1).forEach(between::addAll);
            assertThat(between).isNotEmpty().noneMatch(NDArray::isReleased);
            pass.backward(problem.upstream, (name, gradient) -> {});
            assertThat(between).allMatch(NDArray::isReleased);
            output = pass.output();
            assertThat(output.isReleased()).isFalse();
            assertThatThrownBy(() -> pass.backward(problem.upstream, (name, gradient) -> {}))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("before");
        }
        assertThat(output.isReleased()).isTrue();
        assertThat(problem.x.isReleased()).isFalse();
    }

    @ParameterizedTest
    @MethodSource("policies")
    void aFailureOrAClosedScopeFreesEverything(Activations activations) {
        List<NDArray> seen = new ArrayList<>();
        List<Stage> stages = new ArrayList<>(network());
        stages.add(
                (state, context) -> {
                    seen.addAll(state);
                    throw new IllegalStateException("interrupted");
                });
        Problem problem = new Problem(stages);
        PassInputs inputs =
                PassInputs.differentiated(problem.x).withContext(List.of(problem.c), true);
        assertThatThrownBy(() -> StagedPass.record(stages, inputs, activations))
                .hasMessage("interrupted");
        assertThat(seen).isNotEmpty().allMatch(NDArray::isReleased);

        NDArray left =
                TensorScope.call(
                        Devices.tested(),
                        () -> StagedPass.record(network(), inputs, activations).output());
        assertThat(left.isReleased()).isTrue();
    }

    @Test
    void refusesNoBytesAtOnce() {
        assertThatThrownBy(() -> Activations.recomputedInRows(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("got 0");
    }
}
