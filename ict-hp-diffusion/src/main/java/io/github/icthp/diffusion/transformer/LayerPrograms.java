package io.github.icthp.diffusion.transformer;

import com.google.common.io.Resources;

import io.github.icthp.torch.TorchProgram;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Programs of transformers: a family's own text, followed by the layers that all share. */
public final class LayerPrograms {

    private LayerPrograms() {}

    /**
     * Compiles a family's program.
     *
     * @param anchor the class beside whose package the text is
     * @param resource the text's name
     * @return the program; it may call {@code __torch__.linear} and the other shared layers
     */
    public static TorchProgram compile(Class<?> anchor, String resource) {
        return TorchProgram.ofText(
                resource, read(anchor, resource) + read(LayerPrograms.class, "layers.torchscript"));
    }

    private static String read(Class<?> anchor, String resource) {
        try {
            return Resources.toString(
                    Resources.getResource(anchor, resource), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
