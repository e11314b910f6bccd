package io.github.icthp.weights;

import static java.util.Map.entry;

import io.github.icthp.weights.pickle.AllowList;
import io.github.icthp.weights.pickle.Arguments;
import io.github.icthp.weights.pickle.Buildable;
import io.github.icthp.weights.pickle.Global;
import io.github.icthp.weights.pickle.None;
import io.github.icthp.weights.pickle.PickleFormatException;
import io.github.icthp.weights.pickle.Tuple;
import io.github.icthp.weights.pickle.Unpickler;

import org.jspecify.annotations.Nullable;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What {@code torch.save} pickles: dictionaries of tensors, which are views of storages outside the
 * pickle. The names are those that {@code torch.load(weights_only=True)} allows for dense tensors.
 */
final class TorchPickle {

    private static final Map<String, ElementType> STORAGES =
            Map.ofEntries(
                    entry("torch.BoolStorage", ElementType.BOOL),
                    entry("torch.ByteStorage", ElementType.U8),
                    entry("torch.CharStorage", ElementType.I8),
                    entry("torch.ShortStorage", ElementType.I16),
                    entry("torch.IntStorage", ElementType.I32),
                    entry("torch.LongStorage", ElementType.I64),
                    entry("torch.HalfStorage", ElementType.F16),
                    entry("torch.BFloat16Storage", ElementType.BF16),
                    entry("torch.FloatStorage", ElementType.F32),
                    entry("torch.DoubleStorage", ElementType.F64),
                    entry("torch.ComplexFloatStorage", ElementType.C64));

    private static final List<String> UNTYPED =
            List.of("torch.storage.UntypedStorage", "torch.UntypedStorage");

    private static final Map<String, ElementType> TYPES =
            Map.ofEntries(
                    entry("torch.bool", ElementType.BOOL),
                    entry("torch.uint8", ElementType.U8),
                    entry("torch.int8", ElementType.I8),
                    entry("torch.int16", ElementType.I16),
                    entry("torch.uint16", ElementType.U16),
                    entry("torch.int32", ElementType.I32),
                    entry("torch.uint32", ElementType.U32),
                    entry("torch.int64", ElementType.I64),
                    entry("torch.uint64", ElementType.U64),
                    entry("torch.float16", ElementType.F16),
                    entry("torch.bfloat16", ElementType.BF16),
                    entry("torch.float32", ElementType.F32),
                    entry("torch.float64", ElementType.F64),
                    entry("torch.complex64", ElementType.C64),
                    entry("torch.float8_e4m3fn", ElementType.F8_E4M3),
                    entry("torch.float8_e5m2", ElementType.F8_E5M2),
                    entry("torch.float8_e4m3fnuz", ElementType.F8_E4M3FNUZ),
                    entry("torch.float8_e5m2fnuz", ElementType.F8_E5M2FNUZ),
                    entry("torch.float8_e8m0fnu", ElementType.F8_E8M0));

    private static final AllowList ALLOWED = allowed();

    private TorchPickle() {}

    /** Returns a reader of what {@code torch.save} pickles. */
    static Unpickler reader() {
        return reader(storage -> {});
    }

    /** Returns a reader that tells of every storage that it meets. */
    static Unpickler reader(Consumer<TorchStorage> seen) {
        return new Unpickler(
                ALLOWED,
                id -> {
                    TorchStorage storage = storage(id);
                    seen.accept(storage);
                    return storage;
                });
    }

    /** Returns the name of the storage that holds elements of a type. */
    static String storage(ElementType type) {
        return STORAGES.entrySet().stream()
                .filter(entry -> entry.getValue() == type)
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "PyTorch has no storage for elements of type "
                                                + type
                                                + "; convert the tensor first"));
    }

    private static AllowList allowed() {
        AllowList.Builder names =
                AllowList.builder()
                        .call("collections.OrderedDict", TorchPickle::orderedDict)
                        .call("torch.Size", arguments -> arguments.get(0, Tuple.class))
                        .call("torch.device", arguments -> arguments.text(0))
                        .call("torch._utils._rebuild_tensor", TorchPickle::tensor)
                        .call("torch._utils._rebuild_tensor_v2", TorchPickle::tensor)
                        .call("torch._utils._rebuild_tensor_v3", TorchPickle::tensorOfType)
                        .call("torch._utils._rebuild_parameter", TorchPickle::parameter)
                        .call("torch._utils._rebuild_parameter_with_state", TorchPickle::parameter)
                        .call("torch._tensor._rebuild_from_type_v2", TorchPickle::withAttributes)
                        .name("torch.Tensor")
                        .name("torch.nn.parameter.Parameter");
        STORAGES.keySet().forEach(names::name);
        UNTYPED.forEach(names::name);
        TYPES.keySet().forEach(names::name);
        return names.build();
    }

    private static Object orderedDict(Arguments arguments) {
        arguments.require(0, 0);
        return new OrderedDict();
    }

    /** {@code (storage, offset, size, stride, requires_grad, hooks[, metadata])}. */
    private static Object tensor(Arguments arguments) {
        refuseMetadata(arguments, 6);
        TorchStorage storage = arguments.get(0, TorchStorage.class);
        if (storage.type() == null) {
            throw new PickleFormatException("a typed storage expected, not plain bytes");
        }
        return view(arguments, storage, storage.type());
    }

    /** {@code (storage, offset, size, stride, requires_grad, hooks, dtype[, metadata])}. */
    private static Object tensorOfType(Arguments arguments) {
        refuseMetadata(arguments, 7);
        TorchStorage storage = arguments.get(0, TorchStorage.class);
        ElementType type = TYPES.get(arguments.get(6, Global.class).name());
        if (type == null) {
            throw new PickleFormatException("argument 6 must be a dtype");
        }
        return view(arguments, storage, type);
    }

    private static TorchTensor view(Arguments arguments, TorchStorage storage, ElementType type) {
        return new TorchTensor(
                storage,
                type,
                arguments.integer(1),
                arguments.get(2, Tuple.class),
                arguments.get(3, Tuple.class));
    }

    /** Metadata says that values are to be read negated or conjugated. */
    private static void refuseMetadata(Arguments arguments, int index) {
        if (arguments.size() > index
                && arguments.values().get(index) instanceof Map<?, ?> metadata
                && !metadata.isEmpty()) {
            throw new PickleFormatException(
                    "a view such as a conjugate is not supported; save a contiguous tensor");
        }
    }

    private static Object parameter(Arguments arguments) {
        return arguments.get(0, TorchTensor.class);
    }

    /** {@code (function, class, arguments, attributes)}: the attributes are dropped. */
    private static Object withAttributes(Arguments arguments) {
        Global function = arguments.get(0, Global.class);
        Arguments inner = new Arguments(function.name(), arguments.get(2, Tuple.class).items());
        Object tensor = function.constructor().construct(inner);
        return new Arguments(function.name(), List.of(tensor)).get(0, TorchTensor.class);
    }

    /** {@code ('storage', class, key, device, elements[, (view key, offset, elements)])}. */
    private static TorchStorage storage(Object id) {
        if (!(id instanceof Tuple tuple)) {
            throw new PickleFormatException("a tuple expected");
        }
        Arguments parts = new Arguments("storage", tuple.items()).require(5, 6);
        if (!parts.text(0).equals("storage")) {
            throw new PickleFormatException("'storage' expected, not '" + parts.text(0) + "'");
        }
        String type = parts.get(1, Global.class).name();
        if (!STORAGES.containsKey(type) && !UNTYPED.contains(type)) {
            throw new PickleFormatException(type + " is no storage");
        }
        return storage(parts, STORAGES.get(type));
    }

    private static TorchStorage storage(Arguments parts, @Nullable ElementType type) {
        String key = parts.text(2);
        if (parts.size() == 6 && parts.values().get(5) != None.NONE) {
            Arguments view =
                    new Arguments("storage view", parts.get(5, Tuple.class).items()).require(3, 3);
            return new TorchStorage(key, type, view.integer(2), view.integer(1));
        }
        return new TorchStorage(key, type, parts.integer(4), 0);
    }

    /** A dictionary that PyTorch hangs attributes on, such as {@code _metadata}: dropped. */
    private static final class OrderedDict extends LinkedHashMap<Object, Object>
            implements Buildable {

        private static final long serialVersionUID = 1L;

        @Override
        public void setState(Object state) {
            if (!(state instanceof Map)) {
                throw new PickleFormatException("attributes expected");
            }
        }
    }
}
