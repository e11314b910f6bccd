package io.github.icthp.diffusion.lora;

import ai.djl.Device;

import io.github.icthp.diffusion.lora.LoraKey.Part;
import io.github.icthp.diffusion.lora.UnappliedTensors.Kind;
import io.github.icthp.diffusion.model.LinearShape;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.weights.TensorReader;
import io.github.icthp.weights.Weights;
import io.github.icthp.weights.WeightsFormatException;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/** The adapters that a file's names describe, and what belongs to none. */
final class LoraContent {

    /** Kinds of which a layer has several tensors, its alpha among them. */
    private static final Set<Kind> METHODS = EnumSet.range(Kind.LOKR, Kind.ADALORA);

    private final Weights weights;
    private final Optional<LoraMetadata> configuration;
    private final boolean list;
    private final Map<String, Map<Part, String>> grouped = new LinkedHashMap<>();
    private final Map<String, Kind> layersOfOtherKinds = new LinkedHashMap<>();
    private final Map<Kind, List<String>> others = new EnumMap<>(Kind.class);
    private final List<LoraModule> modules = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();

    /**
     * Reads names, shapes and alphas.
     *
     * @throws WeightsFormatException if there is no adapter, or half of one
     */
    LoraContent(Weights weights, Optional<LoraMetadata> configuration) {
        this.weights = weights;
        this.configuration = configuration;
        this.list = isList(weights);
        group();
        grouped.forEach(this::add);
        check();
    }

    /** Its adapters. */
    List<LoraModule> modules() {
        return modules;
    }

    /** All tensors of an adapter. */
    Collection<String> tensors(LoraModule module) {
        return grouped.get(module.name()).values();
    }

    /** The tensors that belong to none of them. */
    UnappliedTensors others() {
        return new UnappliedTensors(weights.source(), weights.names().size(), others);
    }

    private void group() {
        int index = 0;
        for (String name : weights.names()) {
            Optional<LoraKey> key = list ? numbered(index++) : LoraKey.parse(name);
            if (key.isPresent()) {
                group(key.get(), name);
            } else {
                Kind kind = TensorKinds.of(name);
                leave(kind, name);
                if (METHODS.contains(kind)) {
                    layersOfOtherKinds.put(TensorKinds.layer(name), kind);
                }
            }
        }
    }

    private void group(LoraKey key, String name) {
        Map<Part, String> parts =
                grouped.computeIfAbsent(key.module(), m -> new EnumMap<>(Part.class));
        String other = parts.put(key.part(), name);
        if (other != null) {
            problems.add(
                    String.format(
                            Locale.ROOT,
                            "%s has both %s and %s; save one adapter a file",
                            key.module(),
                            other,
                            name));
        }
    }

    private void leave(Kind kind, String name) {
        others.computeIfAbsent(kind, k -> new ArrayList<>()).add(name);
    }

    private void add(String module, Map<Part, String> parts) {
        boolean down = parts.containsKey(Part.DOWN);
        boolean up = parts.containsKey(Part.UP);
        boolean middle = layersOfOtherKinds.get(module) == Kind.LOCON;
        if (down && up && !middle) {
            modules.add(module(module, parts));
        } else if (middle) {
            parts.values().forEach(name -> leave(Kind.LOCON, name));
        } else if (down || up) {
            problems.add(module + " has only " + parts.values());
        } else {
            Kind kind = layersOfOtherKinds.get(module);
            parts.values().forEach(name -> leave(kind == null ? TensorKinds.of(name) : kind, name));
        }
    }

    private void check() {
        if (!problems.isEmpty()) {
            throw new WeightsFormatException(
                    weights.source()
                            + " is no complete adapter file: "
                            + String.join("; ", problems));
        }
        if (weights.names().isEmpty()) {
            throw new WeightsFormatException(
                    weights.source()
                            + " holds no tensors: an adapter is expected. Save or fetch it again");
        }
        if (modules.isEmpty()) {
            throw new WeightsFormatException(
                    String.format(
                            Locale.ROOT,
                            "%s: none of its %d tensors belongs to a LoRA adapter: %s. %s",
                            weights.source(),
                            weights.names().size(),
                            others(),
                            remedy()));
        }
    }

    private String remedy() {
        boolean unknown = others.keySet().equals(Set.of(Kind.OTHER));
        return unknown
                ? "Expected names such as LAYER.lora_A.weight or LAYER.lora_down.weight; got "
                        + others().all().get(0)
                : "Only LoRA and DoRA can be applied: merge this adapter into the model with the"
                        + " program that trained it and load the merged model, or convert the"
                        + " adapter to LoRA there";
    }

    private LoraModule module(String module, Map<Part, String> parts) {
        String down = parts.get(Part.DOWN);
        String up = parts.get(Part.UP);
        long[] a = weights.info(down).shape().getShape();
        long[] b = weights.info(up).shape().getShape();
        if (a.length < 2
                || b.length < 2
                || a[0] != b[1]
                || a[0] == 0
                || weights.info(up).elements() != b[0] * b[1]) {
            problems.add(
                    String.format(
                            Locale.ROOT,
                            "%s has lora_A %s and lora_B %s, which cannot be multiplied",
                            module,
                            weights.info(down).shape(),
                            weights.info(up).shape()));
            return new LoraModule(
                    module,
                    down,
                    up,
                    1,
                    new LinearShape(0, 0),
                    OptionalDouble.empty(),
                    Optional.empty(),
                    Optional.empty());
        }
        long in = weights.info(down).elements() / a[0];
        return new LoraModule(
                module,
                down,
                up,
                a[0],
                new LinearShape(in, b[0]),
                alpha(module, parts, a[0]),
                column(parts, Part.BIAS, module, b[0]),
                magnitude(parts, module, b[0]));
    }

    private OptionalDouble alpha(String module, Map<Part, String> parts, long rank) {
        OptionalDouble alpha = OptionalDouble.empty();
        if (parts.containsKey(Part.ALPHA)) {
            alpha = OptionalDouble.of(scalar(parts.get(Part.ALPHA)));
        } else if (configuration.isPresent()) {
            alpha = configuration.get().alpha(ModuleName.parse(module), rank);
        }
        if (!Double.isFinite(alpha.orElse(1))) {
            problems.add(
                    String.format(
                            Locale.ROOT,
                            "%s has alpha %s; expected a finite number",
                            module,
                            alpha.getAsDouble()));
        }
        return alpha;
    }

    private Optional<String> magnitude(Map<Part, String> parts, String module, long out) {
        boolean expected =
                configuration.filter(c -> c.usesDora(ModuleName.parse(module))).isPresent();
        if (expected && !parts.containsKey(Part.MAGNITUDE)) {
            problems.add(
                    module
                            + " has no lora_magnitude_vector, though the adapter's configuration"
                            + " has use_dora");
        }
        return column(parts, Part.MAGNITUDE, module, out);
    }

    /** A tensor with a value for each of the layer's outputs. */
    private Optional<String> column(Map<Part, String> parts, Part part, String module, long out) {
        String name = parts.get(part);
        if (name != null && weights.info(name).elements() != out) {
            problems.add(
                    String.format(
                            Locale.ROOT,
                            "%s has %d outputs, got %s",
                            module,
                            out,
                            weights.info(name)));
        }
        return Optional.ofNullable(name);
    }

    private double scalar(String name) {
        if (weights.info(name).elements() != 1) {
            throw new WeightsFormatException(
                    weights.source() + ": expected one number, got " + weights.info(name));
        }
        return TensorScope.call(
                Device.cpu(), () -> Tensors.toFloats(TensorReader.read(weights, name))[0]);
    }

    /** A list has lora_B of a layer before its lora_A. */
    private static Optional<LoraKey> numbered(int index) {
        Part part = index % 2 == 0 ? Part.UP : Part.DOWN;
        return Optional.of(new LoraKey(String.valueOf(index / 2), part));
    }

    /** Says whether the file is a list of tensors without names. */
    boolean isList() {
        return list;
    }

    private static boolean isList(Weights weights) {
        int index = 0;
        for (String name : weights.names()) {
            if (!name.equals(String.valueOf(index++))) {
                return false;
            }
        }
        return true;
    }

    /** How the file names its tensors. */
    LoraFormat format() {
        LoraModule first = modules.get(0);
        if (list || first.down().endsWith(":down")) {
            return LoraFormat.NUMBERED;
        } else if (first.name().contains(".processor.")) {
            return LoraFormat.XLABS;
        } else if (first.down().startsWith("base_model.model.")) {
            return LoraFormat.PEFT;
        } else if (first.down().endsWith(".lora_down.weight")) {
            return LoraFormat.KOHYA;
        }
        return LoraFormat.DIFFUSERS;
    }
}
