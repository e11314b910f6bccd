package io.github.icthp.diffusion.lora;

import ai.djl.Device;

import io.github.icthp.diffusion.lora.LoraKey.Part;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.weights.TensorReader;
import io.github.icthp.weights.Weights;
import io.github.icthp.weights.WeightsFormatException;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The adapters that a file's names describe.
 *
 * @param format how the file names its tensors
 * @param modules its adapters
 * @param others names of tensors that belong to none
 */
record LoraContent(LoraFormat format, List<LoraModule> modules, List<String> others) {

    static LoraContent read(Weights weights, Optional<LoraMetadata> configuration) {
        Map<String, Map<Part, String>> grouped = new LinkedHashMap<>();
        List<String> others = new ArrayList<>();
        boolean list = isList(weights);
        int index = 0;
        for (String name : weights.names()) {
            Optional<LoraKey> key = list ? numbered(index++) : LoraKey.parse(name);
            if (key.isPresent()) {
                grouped.computeIfAbsent(key.get().module(), m -> new EnumMap<>(Part.class))
                        .put(key.get().part(), name);
            } else {
                others.add(name);
            }
        }
        List<String> problems = new ArrayList<>();
        List<LoraModule> modules = new ArrayList<>();
        grouped.forEach(
                (module, parts) -> {
                    if (parts.containsKey(Part.DOWN) && parts.containsKey(Part.UP)) {
                        modules.add(module(weights, module, parts, configuration, problems));
                    } else {
                        problems.add(module + " has only " + parts.values());
                    }
                });
        check(weights, modules, others, problems);
        return new LoraContent(format(modules, list), List.copyOf(modules), List.copyOf(others));
    }

    private static void check(
            Weights weights, List<LoraModule> modules, List<String> others, List<String> problems) {
        others.stream()
                .filter(name -> name.contains("magnitude") || name.contains("dora_scale"))
                .forEach(name -> problems.add(name + " belongs to DoRA, which is not supported"));
        if (modules.isEmpty() && problems.isEmpty()) {
            problems.add("none of its " + others.size() + " tensors belongs to an adapter");
        }
        if (!problems.isEmpty()) {
            throw new WeightsFormatException(
                    weights.source()
                            + " is no complete adapter file: "
                            + String.join("; ", problems));
        }
    }

    private static LoraModule module(
            Weights weights,
            String module,
            Map<Part, String> parts,
            Optional<LoraMetadata> configuration,
            List<String> problems) {
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
                    module, down, up, 1, new LinearShape(0, 0), OptionalDouble.empty());
        }
        long in = weights.info(down).elements() / a[0];
        OptionalDouble alpha = OptionalDouble.empty();
        if (parts.containsKey(Part.ALPHA)) {
            alpha = OptionalDouble.of(scalar(weights, parts.get(Part.ALPHA)));
        } else if (configuration.isPresent()) {
            alpha = configuration.get().alpha(module, a[0]);
        }
        if (!Double.isFinite(alpha.orElse(1))) {
            problems.add(
                    String.format(
                            Locale.ROOT,
                            "%s has alpha %s; expected a finite number",
                            module,
                            alpha.getAsDouble()));
        }
        return new LoraModule(module, down, up, a[0], new LinearShape(in, b[0]), alpha);
    }

    private static double scalar(Weights weights, String name) {
        if (weights.info(name).elements() != 1) {
            throw new WeightsFormatException(
                    weights.source() + ": expected one number, got " + weights.info(name));
        }
        try (TensorScope scope = TensorScope.open(Device.cpu())) {
            assert scope == TensorScope.current();
            return Tensors.toFloats(TensorReader.read(weights, name))[0];
        }
    }

    /** A list has lora_B of a layer before its lora_A. */
    private static Optional<LoraKey> numbered(int index) {
        Part part = index % 2 == 0 ? Part.UP : Part.DOWN;
        return Optional.of(new LoraKey(String.valueOf(index / 2), part));
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

    private static LoraFormat format(List<LoraModule> modules, boolean list) {
        String down = modules.get(0).down();
        if (list || down.endsWith(":down")) {
            return LoraFormat.NUMBERED;
        } else if (down.startsWith("base_model.model.")) {
            return LoraFormat.PEFT;
        } else if (down.endsWith(".lora_down.weight")) {
            return LoraFormat.KOHYA;
        }
        return LoraFormat.DIFFUSERS;
    }
}
