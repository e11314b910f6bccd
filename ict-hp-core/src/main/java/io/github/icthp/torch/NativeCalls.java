package io.github.icthp.torch;

import ai.djl.engine.EngineException;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * The few entry points of DJL's JNI library that run a TorchScript method.
 *
 * <p>DJL's public way to run one, {@code IValueUtils.forward}, names its arguments by mutating the
 * arrays, cannot pass numbers or {@code None} outside inference mode, and allocates a Java object
 * for every argument. These handles call the same natives directly. They are bound once; a DJL
 * version that renames one fails at class initialization with its name.
 */
final class NativeCalls {

    private static final Object LIBRARY;
    private static final MethodHandle FROM_TENSOR;
    private static final MethodHandle FROM_TENSORS;
    private static final MethodHandle FROM_VALUES;
    private static final MethodHandle FROM_DICT;
    private static final MethodHandle FROM_LONG;
    private static final MethodHandle FROM_DOUBLE;
    private static final MethodHandle FROM_BOOLEAN;
    private static final MethodHandle FROM_STRING;
    private static final MethodHandle FROM_LONGS;
    private static final MethodHandle FROM_DOUBLES;
    private static final MethodHandle TO_TENSOR;
    private static final MethodHandle TO_VALUES;
    private static final MethodHandle TO_TUPLE;
    private static final MethodHandle TO_LONG;
    private static final MethodHandle TO_DOUBLE;
    private static final MethodHandle IS_TENSOR;
    private static final MethodHandle IS_TUPLE;
    private static final MethodHandle DELETE;
    private static final MethodHandle RUN;

    static {
        try {
            Class<?> type =
                    Class.forName(
                            "ai.djl.pytorch.jni.PyTorchLibrary",
                            true,
                            IValue.class.getClassLoader());
            MethodHandles.Lookup lookup =
                    MethodHandles.privateLookupIn(type, MethodHandles.lookup());
            LIBRARY = lookup.findStaticGetter(type, "LIB", type).invoke();
            Binder binder = new Binder(lookup, type);
            FROM_TENSOR = binder.bind("iValueFromTensor", long.class, long.class);
            FROM_TENSORS = binder.bind("iValueFromTensorList", long.class, long[].class);
            FROM_VALUES = binder.bind("iValueFromList", long.class, long[].class);
            FROM_DICT =
                    binder.bind("iValueFromStringMap", long.class, String[].class, long[].class);
            FROM_LONG = binder.bind("iValueFromLong", long.class, long.class);
            FROM_DOUBLE = binder.bind("iValueFromDouble", long.class, double.class);
            FROM_BOOLEAN = binder.bind("iValueFromBool", long.class, boolean.class);
            FROM_STRING = binder.bind("iValueFromString", long.class, String.class);
            FROM_LONGS = binder.bind("iValueFromLongList", long.class, long[].class);
            FROM_DOUBLES = binder.bind("iValueFromDoubleList", long.class, double[].class);
            TO_TENSOR = binder.bind("iValueToTensor", long.class, long.class);
            TO_VALUES = binder.bind("iValueToIValueList", long[].class, long.class);
            TO_TUPLE = binder.bind("iValueToIValueTuple", long[].class, long.class);
            TO_LONG = binder.bind("iValueToLong", long.class, long.class);
            TO_DOUBLE = binder.bind("iValueToDouble", double.class, long.class);
            IS_TENSOR = binder.bind("iValueIsTensor", boolean.class, long.class);
            IS_TUPLE = binder.bind("iValueIsTuple", boolean.class, long.class);
            DELETE = binder.bind("torchDeleteIValue", void.class, long.class);
            RUN =
                    binder.bind(
                            "moduleRunMethod",
                            long.class,
                            long.class,
                            String.class,
                            long[].class,
                            boolean.class,
                            boolean.class);
        } catch (Throwable e) {
            throw new IllegalStateException(
                    "NativeCalls: this DJL version lacks an entry point that ict-hp calls ("
                            + e.getMessage()
                            + "); use the version in ict-hp's dependencyManagement",
                    e);
        }
    }

    private NativeCalls() {}

    private record Binder(MethodHandles.Lookup lookup, Class<?> type) {
        MethodHandle bind(String name, Class<?> result, Class<?>... arguments)
                throws ReflectiveOperationException {
            return lookup.findVirtual(type, name, MethodType.methodType(result, arguments))
                    .bindTo(LIBRARY);
        }
    }

    static long run(long module, String method, long[] arguments, boolean autograd) {
        try {
            return (long) RUN.invokeExact(module, method, arguments, autograd, false);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    static long fromTensor(PtNDArray tensor) {
        try {
            long handle = tensor.getHandle();
            return (long) FROM_TENSOR.invokeExact(handle);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    static long fromTensors(long[] handles) {
        try {
            return (long) FROM_TENSORS.invokeExact(handles);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    /** Makes a list of values of one type, at least one, which it shares. */
    static long fromValues(long[] values) {
        try {
            return (long) FROM_VALUES.invokeExact(values);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    static long fromDict(String[] names, long[] handles) {
        try {
            return (long) FROM_DICT.invokeExact(names, handles);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    static long fromLong(long value) {
        try {
            return (long) FROM_LONG.invokeExact(value);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    static long fromDouble(double value) {
        try {
            return (long) FROM_DOUBLE.invokeExact(value);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    static long fromBoolean(boolean value) {
        try {
            return (long) FROM_BOOLEAN.invokeExact(value);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    static long fromString(String value) {
        try {
            return (long) FROM_STRING.invokeExact(value);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    static long fromLongs(long[] values) {
        try {
            return (long) FROM_LONGS.invokeExact(values);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    static long fromDoubles(double[] values) {
        try {
            return (long) FROM_DOUBLES.invokeExact(values);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    static PtNDArray toTensor(PtNDManager manager, long value) {
        try {
            return new PtNDArray(manager, (long) TO_TENSOR.invokeExact(value));
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    /** Returns the elements of a list or tuple, each to be deleted by the caller. */
    static long[] toValues(long value) {
        try {
            return (boolean) IS_TUPLE.invokeExact(value)
                    ? (long[]) TO_TUPLE.invokeExact(value)
                    : (long[]) TO_VALUES.invokeExact(value);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    static long toLong(long value) {
        try {
            return (long) TO_LONG.invokeExact(value);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    static double toDouble(long value) {
        try {
            return (double) TO_DOUBLE.invokeExact(value);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    static boolean isTensor(long value) {
        try {
            return (boolean) IS_TENSOR.invokeExact(value);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    static void delete(long value) {
        try {
            DELETE.invokeExact(value);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    private static RuntimeException unchecked(Throwable e) {
        if (e instanceof Error error) {
            throw error;
        }
        return e instanceof RuntimeException runtime ? runtime : new EngineException(e);
    }
}
