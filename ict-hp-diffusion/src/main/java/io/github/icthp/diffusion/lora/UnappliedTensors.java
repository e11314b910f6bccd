package io.github.icthp.diffusion.lora;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The tensors of an adapter file that change nothing, by what they are.
 *
 * @param source the file
 * @param tensors how many tensors the file has
 * @param names the names of those that are not applied
 */
public record UnappliedTensors(String source, int tensors, Map<Kind, List<String>> names) {

    /** What a tensor is, if it is not part of an adapter that is applied. */
    public enum Kind {
        /** Adapters of text encoders that are not adapted, such as T5. */
        TEXT_ENCODER("text-encoder layers"),
        /** Adapters of layers that the model does not have. */
        LAYER("layers that the model does not have"),
        /** Biases of the base model's layers. */
        BIAS("biases"),
        /** Differences of whole matrices or norms. */
        DIFF(".diff"),
        /** Differences of biases. */
        DIFF_B(".diff_b"),
        /** Norms, or LyCORIS' differences of norms. */
        NORM("norms"),
        /** Scales of weight-decomposed adapters in LyCORIS' naming. */
        DORA("DoRA scales"),
        /** Kronecker products. */
        LOKR("LoKr"),
        /** Hadamard products. */
        LOHA("LoHa"),
        /** Orthogonal rotations. */
        OFT("OFT"),
        /** Orthogonal rotations by butterfly matrices. */
        BOFT("BOFT"),
        /** Generalized LoRA. */
        GLORA("GLoRA"),
        /** Scales of activations. */
        IA3("IA3"),
        /** LoRA of convolutions in three factors. */
        LOCON("LoCon"),
        /** Vectors between random matrices that are shared. */
        VERA("VeRA"),
        /** LoRA in the form of a singular value decomposition. */
        ADALORA("AdaLoRA"),
        /** Embeddings of new words. */
        EMBEDDING("word embeddings"),
        /** Anything else. */
        OTHER("unknown");

        private final String label;

        Kind(String label) {
            this.label = label;
        }

        /**
         * Returns what messages call it.
         *
         * @return for example {@code LoKr} or {@code .diff_b}
         */
        public String label() {
            return label;
        }
    }

    /** The value for adapters that come from no file. */
    public static final UnappliedTensors NONE = new UnappliedTensors("", 0, Map.of());

    /**
     * Copies the names.
     *
     * @param source the file
     * @param tensors how many tensors the file has
     * @param names the names of those that are not applied
     */
    public UnappliedTensors {
        Map<Kind, List<String>> copy = new EnumMap<>(Kind.class);
        names.forEach((kind, some) -> copy.put(kind, List.copyOf(some)));
        names = Collections.unmodifiableMap(copy);
    }

    /** Returns these and more of the same file. */
    UnappliedTensors with(Kind kind, Collection<String> more) {
        Map<Kind, List<String>> all = new EnumMap<>(Kind.class);
        names.forEach((known, some) -> all.put(known, new ArrayList<>(some)));
        if (!more.isEmpty()) {
            all.computeIfAbsent(kind, k -> new ArrayList<>()).addAll(more);
        }
        return new UnappliedTensors(source, tensors, all);
    }

    /**
     * Says whether all of the file is applied.
     *
     * @return true if nothing is left out
     */
    public boolean isEmpty() {
        return names.isEmpty();
    }

    /**
     * Returns the names of all kinds.
     *
     * @return names of tensors, kind by kind
     */
    public List<String> all() {
        return names.values().stream().flatMap(List::stream).toList();
    }

    /**
     * Returns the sentence that tells a person what is left out.
     *
     * @return one line with the counts of each kind; empty if all of the file is applied
     */
    public Optional<String> warning() {
        return isEmpty()
                ? Optional.empty()
                : Optional.of(
                        String.format(
                                Locale.ROOT,
                                "%s: %d of its %d tensors %s not applied: %s",
                                source,
                                all().size(),
                                tensors,
                                all().size() == 1 ? "is" : "are",
                                this));
    }

    /** Returns the counts, for example {@code 2 .diff, 1 DoRA scales}. */
    @Override
    public String toString() {
        return names.entrySet().stream()
                .map(entry -> entry.getValue().size() + " " + entry.getKey().label())
                .collect(Collectors.joining(", "));
    }
}
