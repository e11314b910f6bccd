package io.github.icthp.diffusion.draft;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import com.google.common.base.Preconditions;

import io.github.icthp.diffusion.DiffusionPipeline;
import io.github.icthp.diffusion.model.Conditioning;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.Torch;
import io.github.icthp.torch.TorchProgram;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Embeddings of prompts, in main memory. Each is encoded by itself, so that its bits depend on no
 * other prompt.
 */
final class EncodedPrompts implements AutoCloseable {

    private static final TorchProgram PROGRAM =
            TorchProgram.of(EncodedPrompts.class, "draft.torchscript");

    private final NDManager owner = Torch.manager(Device.cpu());
    private final Map<String, Conditioning> byPrompt;
    private final Device device;
    private @Nullable Conditioning negative;

    private EncodedPrompts(Device device, Map<String, Conditioning> byPrompt) {
        this.device = device;
        this.byPrompt = byPrompt;
    }

    /**
     * Encodes prompts by a pipeline's text encoders.
     *
     * @param negative whether what guidance leads away from is encoded, too
     */
    static EncodedPrompts of(DiffusionPipeline pipeline, List<String> prompts, boolean negative) {
        EncodedPrompts all = new EncodedPrompts(pipeline.parts().device(), new HashMap<>());
        try {
            if (negative) {
                TensorScope.run(
                        pipeline.parts().device(),
                        () -> all.negative = all.kept(pipeline.encodeNegative(Optional.empty())));
            }
            pipeline.encodeEach(prompts, 1, all::put);
            return all;
        } catch (RuntimeException | Error e) {
            all.close();
            throw e;
        }
    }

    private void put(String prompt, Conditioning conditioning) {
        byPrompt.put(prompt, kept(conditioning));
    }

    private Conditioning kept(Conditioning conditioning) {
        return new Conditioning(keep(conditioning.tokens()), keep(conditioning.pooled()));
    }

    private NDArray keep(NDArray embedding) {
        try (TensorScope scope = TensorScope.open(Device.cpu())) {
            return scope.keep(Tensors.to(embedding, Device.cpu()), owner);
        }
    }

    /** The same embeddings for another device; they close with these. */
    EncodedPrompts on(Device other) {
        EncodedPrompts view = new EncodedPrompts(other, byPrompt);
        view.negative = negative;
        return view;
    }

    /** Returns a batch on the pipeline's device, owned by the innermost scope. */
    Conditioning batch(List<String> prompts) {
        return join(prompts.stream().map(this::get));
    }

    /** Returns a batch with as many negative prompts before it. */
    Conditioning batchWithNegatives(List<String> prompts) {
        Conditioning away = Preconditions.checkNotNull(negative, "negative prompt");
        return join(
                Stream.concat(
                        prompts.stream().map(prompt -> away), prompts.stream().map(this::get)));
    }

    private Conditioning join(Stream<Conditioning> rows) {
        List<Conditioning> each = rows.toList();
        return new Conditioning(
                join(each.stream().map(Conditioning::tokens).toList()),
                join(each.stream().map(Conditioning::pooled).toList()));
    }

    private Conditioning get(String prompt) {
        Conditioning found = byPrompt.get(prompt);
        Preconditions.checkArgument(
                found != null,
                "DraftK: prompt \"%s\" is not among those that begin() named",
                prompt);
        return found;
    }

    private NDArray join(List<NDArray> parts) {
        try (TensorScope scope = TensorScope.open(device)) {
            return scope.keep(Tensors.to(PROGRAM.call("join", parts), device));
        }
    }

    @Override
    public void close() {
        owner.close();
    }
}
