package io.github.icthp.diffusion.lora;

import io.github.icthp.diffusion.lora.UnappliedTensors.Kind;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What is in an adapter file.
 *
 * @param source the file
 * @param format how it names its tensors
 * @param modules its adapters
 * @param ranks how many adapters have each rank
 * @param targets the last parts of the layers' names, numbers apart: what the adapters sit on
 * @param components the parts of a pipeline that its layers belong to, as the file names them, with
 *     how many: {@code transformer}, {@code unet}, {@code text_encoder} …
 * @param types the element types of its tensors
 * @param others tensors that belong to no adapter, by kind: no pipeline here applies them
 */
public record LoraInspection(
        String source,
        LoraFormat format,
        List<LoraModule> modules,
        Map<Long, Long> ranks,
        Set<String> targets,
        Map<String, Long> components,
        Set<String> types,
        UnappliedTensors others) {

    /** SD3's T5, by diffusers' name. */
    private static final String T5 = "text_encoder_3";

    static LoraInspection of(LoraFile file) {
        Map<Long, Long> ranks = new TreeMap<>();
        Map<String, Long> components = new TreeMap<>();
        Set<String> targets = new TreeSet<>();
        Set<String> types = new TreeSet<>();
        for (LoraModule module : file.modules()) {
            ranks.merge(module.rank(), 1L, Long::sum);
            components.merge(component(module.name()), 1L, Long::sum);
            target(module.name(), file.format(), targets);
            types.add(file.weights().info(module.down()).type().name());
            types.add(file.weights().info(module.up()).type().name());
        }
        return new LoraInspection(
                file.source(),
                file.format(),
                file.modules(),
                ranks,
                targets,
                components,
                types,
                file.others().with(Kind.TEXT_ENCODER, ofT5(file)));
    }

    /** No pipeline here adapts T5, as none of diffusers' does. */
    private static List<String> ofT5(LoraFile file) {
        return file.modules().stream()
                .filter(module -> module.place().component().equals(T5))
                .flatMap(module -> file.content().tensors(module).stream())
                .toList();
    }

    private static String component(String module) {
        if (module.startsWith("lora_te")) {
            return module.substring("lora_".length(), module.indexOf('_', "lora_".length()));
        } else if (module.startsWith("lora_unet_")) {
            return "unet";
        }
        int end = module.indexOf(module.contains(":") ? ':' : '.');
        String first = end < 0 ? "" : module.substring(0, end);
        return first.matches("transformer|unet|text_encoder(_\\d)?") ? first : "unnamed";
    }

    /** The name after the last block's number, in the file's own spelling. */
    private static void target(String module, LoraFormat format, Set<String> targets) {
        if (format != LoraFormat.NUMBERED) {
            targets.add(module.replaceFirst("^.*(blocks|layers|blocks_|layers_)[._]?\\d+[._]", ""));
        }
    }

    /**
     * Returns the number of trained values.
     *
     * @return elements of all matrices
     */
    public long parameters() {
        return modules.stream().mapToLong(LoraInspection::parameters).sum();
    }

    private static long parameters(LoraModule m) {
        long columns = m.bias().stream().count() + m.magnitude().stream().count();
        return m.rank() * (m.shape().in() + m.shape().out()) + columns * m.shape().out();
    }
}
