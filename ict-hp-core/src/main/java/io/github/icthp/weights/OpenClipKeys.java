package io.github.icthp.weights;

import io.github.icthp.weights.OpenClipNames.Parameter;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.channels.Channel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The two namings of CLIP's parameters: transformers' ({@code vision_model.encoder.layers.0.…}) and
 * open_clip's ({@code visual.transformer.resblocks.0.…}), which HPSv2's checkpoints use too.
 *
 * <p>They differ in names, in the attention's projections, which open_clip stacks (query, key,
 * value along the first dimension), and in the two last projections, which it keeps transposed. The
 * views here rename without copying; values are copied only where they are stacked or transposed.
 */
public final class OpenClipKeys {

    /** Buffers of counted numbers that transformers before 4.31 stored. */
    private static final String POSITION_IDS = ".position_ids";

    private OpenClipKeys() {}

    /**
     * Tells by the names whether weights are a CLIP model, or one tower of it, in open_clip's
     * naming.
     *
     * @param weights open weights
     * @return false also for anything that is no CLIP model
     */
    public static boolean isOpenClip(Weights weights) {
        return weights.names().contains("visual.conv1.weight")
                || weights.names().contains("transformer.resblocks.0.attn.in_proj_weight");
    }

    /**
     * Shows weights in transformers' naming, whichever of the two they have.
     *
     * @param weights open weights, closed with what is returned
     * @return the weights themselves unless {@link #isOpenClip}; otherwise a view, in which names
     *     that open_clip does not have stay as they are
     * @throws WeightsFormatException if a stacked or transposed tensor has an impossible shape
     */
    public static Weights toHuggingFace(Weights weights) {
        if (!isOpenClip(weights)) {
            return weights;
        }
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        for (String name : weights.names()) {
            Optional<Parameter> parameter = OpenClipNames.byOpenClip(name);
            List<String> names = parameter.map(Parameter::huggingFace).orElse(List.of(name));
            for (int i = 0; i < names.size(); i++) {
                StoredTensor tensor =
                        switch (rule(parameter)) {
                            case COPY -> renamed(weights, name, names.get(i));
                            case TRANSPOSE -> transposed(weights, name, names.get(i));
                            case STACK -> third(weights, name, names.get(i), i);
                        };
                tensors.put(names.get(i), tensor);
            }
        }
        return view(weights, tensors);
    }

    /**
     * Shows weights in open_clip's naming, whichever of the two they have. {@code position_ids},
     * which open_clip does not store, are left out.
     *
     * @param weights open weights, closed with what is returned
     * @return the weights themselves if {@link #isOpenClip}; otherwise a view, in which names that
     *     transformers does not have stay as they are
     * @throws WeightsFormatException if one of query, key and value is missing or they do not fit
     *     each other, or a transposed tensor has an impossible shape
     */
    public static Weights toOpenClip(Weights weights) {
        if (isOpenClip(weights)) {
            return weights;
        }
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        for (String name : weights.names()) {
            Optional<Parameter> parameter = OpenClipNames.byHuggingFace(name);
            String other = parameter.map(Parameter::openClip).orElse(name);
            if (!name.endsWith(POSITION_IDS) && !tensors.containsKey(other)) {
                StoredTensor tensor =
                        switch (rule(parameter)) {
                            case COPY -> renamed(weights, name, other);
                            case TRANSPOSE -> transposed(weights, name, other);
                            case STACK -> stacked(weights, parameter.orElseThrow());
                        };
                tensors.put(other, tensor);
            }
        }
        return view(weights, tensors);
    }

    private static OpenClipNames.Rule rule(Optional<Parameter> parameter) {
        return parameter.map(Parameter::rule).orElse(OpenClipNames.Rule.COPY);
    }

    private static StoredTensor renamed(Weights weights, String name, String other) {
        TensorInfo info = weights.info(name).withName(other);
        return new StoredTensor.Contiguous(info, new WeightsSource(weights, name), 0);
    }

    private static StoredTensor transposed(Weights weights, String name, String other) {
        TensorInfo info = weights.info(name);
        require(weights, info, info.shape().dimension() == 2, "a matrix");
        long rows = info.shape().get(0);
        long columns = info.shape().get(1);
        return new StridedTensor(
                TensorInfo.of(other, info.type(), columns, rows),
                new WeightsSource(weights, name),
                0,
                new long[] {1, columns},
                ByteOrder.LITTLE_ENDIAN);
    }

    private static StoredTensor third(Weights weights, String name, String other, int index) {
        TensorInfo whole = weights.info(name);
        long[] shape = whole.shape().getShape().clone();
        require(
                weights,
                whole,
                shape.length > 0 && shape[0] % 3 == 0,
                "query, key and value stacked");
        shape[0] /= 3;
        TensorInfo info = TensorInfo.of(other, whole.type(), shape);
        return new StoredTensor.Contiguous(
                info, new WeightsSource(weights, name), index * info.bytes());
    }

    private static StoredTensor stacked(Weights weights, Parameter parameter) {
        List<ByteSource> parts = new ArrayList<>();
        if (!weights.names().containsAll(parameter.huggingFace())) {
            throw new WeightsFormatException(
                    weights.source()
                            + ": open_clip's '"
                            + parameter.openClip()
                            + "' needs all of "
                            + parameter.huggingFace());
        }
        TensorInfo first = weights.info(parameter.huggingFace().get(0));
        for (String name : parameter.huggingFace()) {
            TensorInfo part = weights.info(name);
            boolean fits = part.shape().equals(first.shape()) && part.type() == first.type();
            require(weights, part, fits && part.shape().dimension() > 0, "a tensor like " + first);
            parts.add(new WeightsSource(weights, name));
        }
        long[] shape = first.shape().getShape().clone();
        shape[0] = Math.multiplyExact(shape[0], 3);
        return new StackedTensor(
                TensorInfo.of(parameter.openClip(), first.type(), shape), List.copyOf(parts));
    }

    private static void require(
            Weights weights, TensorInfo info, boolean condition, String expected) {
        if (!condition) {
            throw new WeightsFormatException(
                    weights.source() + ": expected " + expected + ", found " + info);
        }
    }

    private static Weights view(Weights weights, Map<String, StoredTensor> tensors) {
        return new StoredWeights(new Owner(weights), weights.source(), tensors, weights.metadata());
    }

    /** Closes the original weights with the view; they refuse by themselves once closed. */
    private record Owner(Weights weights) implements Channel {

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() throws IOException {
            weights.close();
        }
    }
}
