package io.github.icthp.diffusion.lora;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;

import io.github.icthp.diffusion.model.LinearAdapter;
import io.github.icthp.diffusion.model.LinearShape;
import io.github.icthp.torch.Torch;

import java.nio.file.Path;
import java.util.Map;

/** Writes adapter files in other namings, with no model at hand. */
public final class LoraConversion {

    private LoraConversion() {}

    /**
     * Reads an adapter file and writes it in another naming.
     *
     * @param from the file, or a folder that holds one
     * @param linears the layers of the transformer that it is for, by diffusers' paths
     * @param to a {@code .safetensors} file, or a folder; for {@link LoraFormat#PEFT} a folder
     * @param format how tensors are to be named
     * @return what in the file belongs to no layer and is left out
     * @throws io.github.icthp.weights.WeightsFormatException if the file is no adapter file, none
     *     of its adapters belongs to a layer, or one does not fit its layer
     * @throws IllegalArgumentException if the format cannot be written, or needs a folder
     * @throws java.io.UncheckedIOException if a file cannot be read or written
     */
    public static UnappliedTensors convert(
            Path from, Map<String, LinearShape> linears, Path to, LoraFormat format) {
        try (NDManager owner = Torch.manager(Device.cpu());
                LoraFile file = LoraFile.open(from)) {
            AdapterPlan plan = new AdapterPlan(file, AdaptableLayers.of(linears)).check();
            Map<String, LinearAdapter> adapters =
                    AdapterReader.read(file, plan.of(ModuleName.TRANSFORMER), linears, owner);
            new AdapterWriter(adapters, linears).write(to, format);
            return plan.unapplied();
        }
    }
}
