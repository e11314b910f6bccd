package io.github.icthp.torch;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.JniUtils;

import com.google.common.base.Suppliers;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Lists;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A TorchScript program: text kept as a resource, compiled by PyTorch, called by method name.
 *
 * <p>The text is TorchScript's serialized dialect and defines one class {@code Ops(Module)}. A
 * method reaches every ATen operator, frees its intermediates at once and costs one native call.
 * Arguments are matched to the method's parameters in order:
 *
 * <table>
 * <caption>Argument types</caption>
 * <tr><td>{@link NDArray}</td><td>{@code Tensor}</td></tr>
 * <tr><td>collection of arrays, {@link NDList}</td><td>{@code List[Tensor]}</td></tr>
 * <tr><td>{@link TensorDict}</td><td>{@code Dict[str, Tensor]}</td></tr>
 * <tr><td>collection of {@link TensorDict}s, at least one</td>
 * <td>{@code List[Dict[str, Tensor]]}</td></tr>
 * <tr><td>{@code null}</td><td>{@code None}</td></tr>
 * <tr><td>integer, floating-point number, boolean, string</td>
 * <td>{@code int}, {@code float}, {@code bool}, {@code str}</td></tr>
 * <tr><td>{@code long[]}, {@code double[]}</td><td>{@code List[int]}, {@code List[float]}</td></tr>
 * </table>
 *
 * <p>A text may call {@code __torch__.fast_bfloat16()} and {@code __torch__.one_thread()} without
 * defining them: whether this CPU multiplies bfloat16, and whether operators use one thread.
 *
 * <p>Whether a call records a graph is the thread's {@link Autograd.Mode}; results belong to the
 * thread's innermost {@link TensorScope}. Programs live as long as the class that holds them and
 * are safe to share between threads.
 */
public final class TorchProgram {

    private static final Pattern TEXT_LINE = Pattern.compile("__torch__\\.py\", line (\\d+)");
    private static final ThreadLocal<Boolean> EXECUTOR_SET = ThreadLocal.withInitial(() -> false);
    private static final Supplier<Long> NONE = Suppliers.memoize(TorchProgram::makeNone);

    /** What a text may ask of this machine, by calling a function of this name. */
    private static final ImmutableMap<String, BooleanSupplier> FACTS =
            ImmutableMap.of(
                    "fast_bfloat16", () -> Torch.fastBfloat16(Device.cpu()),
                    "one_thread", () -> Torch.threads() == 1);

    private final String name;
    private final Supplier<PtSymbolBlock> module;

    private TorchProgram(String name, Supplier<PtSymbolBlock> module) {
        this.name = name;
        this.module = module;
    }

    /**
     * Returns the program in a resource beside a class; it is compiled at its first call.
     *
     * @param anchor the class whose package holds the resource
     * @param resource the resource's name, for example {@code clip.torchscript}
     * @return the program
     */
    public static TorchProgram of(Class<?> anchor, String resource) {
        return of(anchor, resource, Map.of());
    }

    /**
     * Returns the program in a resource beside a class, with constants.
     *
     * @param anchor the class whose package holds the resource
     * @param resource the resource's name, for example {@code clip.torchscript}
     * @param constants values of the attributes that the text declares: booleans, numbers, strings
     * @return the program
     */
    public static TorchProgram of(
            Class<?> anchor, String resource, Map<String, ? extends Object> constants) {
        Map<String, Object> copy = Map.copyOf(constants);
        return new TorchProgram(
                resource, Suppliers.memoize(() -> compile(resource, read(anchor, resource), copy)));
    }

    /**
     * Returns the program in a resource beside a class, with functions that it shares with others;
     * it is compiled at its first call.
     *
     * @param anchor the class whose package holds the resources
     * @param resource the resource's name, for example {@code clip.torchscript}
     * @param shared resources of functions, whose text follows the program's
     * @return the program
     */
    public static TorchProgram sharing(Class<?> anchor, String resource, String... shared) {
        List<String> parts = Lists.asList(resource, shared);
        String name = String.join(" + ", parts);
        return new TorchProgram(
                name,
                Suppliers.memoize(
                        () ->
                                compile(
                                        name,
                                        parts.stream()
                                                .map(part -> read(anchor, part))
                                                .collect(Collectors.joining()),
                                        Map.of())));
    }

    /**
     * Compiles a program from its text.
     *
     * @param name what errors call it
     * @param text the program
     * @return the compiled program
     * @throws TorchProgramException if the text does not compile; the message names its line
     */
    public static TorchProgram ofText(String name, String text) {
        PtSymbolBlock block = compile(name, text, Map.of());
        return new TorchProgram(name, () -> block);
    }

    /**
     * Calls a method that returns one tensor.
     *
     * @param method the method's name
     * @param arguments its arguments, see above
     * @return the result, owned by the thread's innermost scope
     * @throws TorchProgramException if the call fails; the message names method, arguments and line
     * @throws IllegalStateException if the thread has no open scope
     */
    public NDArray call(String method, @Nullable Object... arguments) {
        PtNDManager owner = TensorScope.current().ptManager();
        long result = run(method, arguments);
        try {
            return NativeCalls.toTensor(owner, result);
        } finally {
            NativeCalls.delete(result);
        }
    }

    /**
     * Calls a method that returns a list or tuple of tensors.
     *
     * @param method the method's name
     * @param arguments its arguments, see above
     * @return the results in order, owned by the thread's innermost scope
     * @throws TorchProgramException if the call fails; the message names method, arguments and line
     * @throws IllegalStateException if the thread has no open scope
     */
    public NDList callList(String method, @Nullable Object... arguments) {
        PtNDManager owner = TensorScope.current().ptManager();
        long result = run(method, arguments);
        try {
            NDList list = new NDList();
            for (long element : NativeCalls.toValues(result)) {
                list.add(NativeCalls.toTensor(owner, element));
                NativeCalls.delete(element);
            }
            return list;
        } finally {
            NativeCalls.delete(result);
        }
    }

    /**
     * Calls a method that returns an integer.
     *
     * @param method the method's name
     * @param arguments its arguments, see above
     * @return the result
     * @throws TorchProgramException if the call fails
     */
    public long callLong(String method, @Nullable Object... arguments) {
        long result = run(method, arguments);
        try {
            return NativeCalls.toLong(result);
        } finally {
            NativeCalls.delete(result);
        }
    }

    /**
     * Calls a method that returns a floating-point number.
     *
     * @param method the method's name
     * @param arguments its arguments, see above
     * @return the result
     * @throws TorchProgramException if the call fails
     */
    public double callDouble(String method, @Nullable Object... arguments) {
        long result = run(method, arguments);
        try {
            return NativeCalls.toDouble(result);
        } finally {
            NativeCalls.delete(result);
        }
    }

    private long run(String method, @Nullable Object... arguments) {
        long handle = module.get().getHandle();
        useSimpleExecutor();
        long[] values = new long[arguments.length];
        int made = 0;
        RunningCalls.ALL.begin();
        try {
            for (; made < values.length; made++) {
                values[made] = value(method, made, arguments[made]);
            }
            return NativeCalls.run(handle, method, values, Autograd.mode().recordable());
        } catch (EngineException e) {
            throw failed(method, arguments, e);
        } finally {
            RunningCalls.ALL.end();
            for (int i = 0; i < made; i++) {
                if (arguments[i] != null && !(arguments[i] instanceof TensorDict)) {
                    NativeCalls.delete(values[i]);
                }
            }
        }
    }

    private long value(String method, int index, @Nullable Object argument) {
        if (argument instanceof PtNDArray tensor) {
            return NativeCalls.fromTensor(tensor);
        } else if (argument instanceof TensorDict dict) {
            return dict.handle();
        } else if (argument == null) {
            return NONE.get();
        } else if (argument instanceof Collection<?> list) {
            return fromCollection(list);
        } else if (argument instanceof Integer || argument instanceof Long) {
            return NativeCalls.fromLong(((Number) argument).longValue());
        } else if (argument instanceof Number number) {
            return NativeCalls.fromDouble(number.doubleValue());
        } else if (argument instanceof Boolean flag) {
            return NativeCalls.fromBoolean(flag);
        } else if (argument instanceof String text) {
            return NativeCalls.fromString(text);
        } else if (argument instanceof long[] values) {
            return NativeCalls.fromLongs(values);
        } else if (argument instanceof double[] values) {
            return NativeCalls.fromDoubles(values);
        }
        throw new IllegalArgumentException(
                name + "." + method + ": argument " + index + " cannot be passed: " + argument);
    }

    private static long fromCollection(Collection<?> elements) {
        boolean dicts = !elements.isEmpty() && elements.iterator().next() instanceof TensorDict;
        long[] handles = new long[elements.size()];
        int i = 0;
        for (Object element : elements) {
            handles[i++] =
                    dicts ? ((TensorDict) element).handle() : ((PtNDArray) element).getHandle();
        }
        return dicts ? NativeCalls.fromValues(handles) : NativeCalls.fromTensors(handles);
    }

    /**
     * The profiling executor re-specializes on every new shape, which costs seconds for a tower;
     * the simple one runs the text as written. The setting belongs to the thread.
     */
    private static void useSimpleExecutor() {
        if (!EXECUTOR_SET.get()) {
            JniUtils.setGraphExecutorOptimize(false);
            EXECUTOR_SET.set(true);
        }
    }

    private static long makeNone() {
        TorchProgram program = of(TorchProgram.class, "none.torchscript");
        return NativeCalls.run(program.module.get().getHandle(), "none", new long[0], false);
    }

    private static String read(Class<?> anchor, String resource) {
        try (InputStream in = anchor.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalArgumentException(
                        "TorchProgram: no resource '" + resource + "' beside " + anchor.getName());
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static PtSymbolBlock compile(String name, String text, Map<String, Object> constants) {
        PtNDManager owner = Torch.manager(Device.cpu());
        try {
            byte[] archive = ProgramArchive.write(text + facts(text), constants);
            return JniUtils.loadModule(owner, new ByteArrayInputStream(archive), false, false);
        } catch (EngineException | IOException e) {
            owner.close();
            throw new TorchProgramException(
                    "TorchProgram: "
                            + name
                            + line(e.getMessage())
                            + " does not compile: "
                            + e.getMessage(),
                    e);
        }
    }

    /** Returns the functions of the facts that a text asks for. */
    private static String facts(String text) {
        return FACTS.entrySet().stream()
                .filter(fact -> text.contains("__torch__." + fact.getKey() + "()"))
                .map(fact -> fact(fact.getKey(), fact.getValue().getAsBoolean()))
                .collect(Collectors.joining());
    }

    private static String fact(String name, boolean value) {
        return "\ndef " + name + "() -> bool:\n  return " + (value ? "True" : "False") + "\n";
    }

    private TorchProgramException failed(
            String method, @Nullable Object[] arguments, EngineException e) {
        StringBuilder call = new StringBuilder(name + line(e.getMessage()) + " " + method + "(");
        for (int i = 0; i < arguments.length; i++) {
            call.append(i == 0 ? "" : ", ").append(describe(arguments[i]));
        }
        return new TorchProgramException(call + ") failed: " + e.getMessage(), e);
    }

    private static String describe(@Nullable Object argument) {
        if (argument instanceof NDArray tensor) {
            return tensor.isReleased() ? "closed tensor" : tensor.getShape().toString();
        } else if (argument instanceof Collection<?> list) {
            return "[" + list.size() + " elements]";
        }
        return String.valueOf(argument);
    }

    /** Returns ":line" of the innermost frame in our text that an error of PyTorch names. */
    private static String line(@Nullable String message) {
        String last = "";
        if (message != null) {
            Matcher matcher = TEXT_LINE.matcher(message);
            while (matcher.find()) {
                last = ":" + matcher.group(1);
            }
        }
        return last;
    }
}
