package io.github.icthp.diffusion.model;

import ai.djl.ndarray.NDArray;

import com.google.common.io.Resources;

import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.TorchProgram;
import io.github.icthp.torch.TorchProgramException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Programs of transformers: a family's own text, followed by the layers that all share. */
public final class LayerPrograms {

    private static final String WIDENED = read(TorchProgram.class, "widened.torchscript");

    /** The text of the linear layers in use, with all that it calls. */
    static final String LINEARS = linears();

    /** What transformers do outside their stages. */
    static final TorchProgram COMMON = compile(LayerPrograms.class, "common.torchscript");

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
                resource, read(anchor, resource) + own("layers.torchscript") + LINEARS);
    }

    /** Returns linear layers by oneDNN where this build of PyTorch has it: where they compile. */
    private static String linears() {
        String oneDnn = own("onednn.torchscript") + WIDENED;
        try {
            TorchProgram.ofText(
                    "onednn.torchscript",
                    own("common.torchscript") + own("layers.torchscript") + oneDnn);
            return oneDnn;
        } catch (TorchProgramException e) {
            return own("plain.torchscript") + WIDENED;
        }
    }

    private static String own(String resource) {
        return read(LayerPrograms.class, resource);
    }

    /**
     * Returns a matrix in the layout that the processor's fused layers like best, owned as the
     * matrix is; the matrix itself where there is none.
     */
    static NDArray packed(NDArray matrix) {
        return Autograd.in(
                Autograd.Mode.NO_GRADIENT,
                () -> {
                    try (TensorScope scope = TensorScope.open(matrix.getDevice())) {
                        return scope.keep(COMMON.call("packed", matrix), matrix.getManager());
                    }
                });
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
