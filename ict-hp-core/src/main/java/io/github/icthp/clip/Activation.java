package io.github.icthp.clip;

import java.util.Locale;

/** The activation function of an MLP. */
public enum Activation {
    /** x Φ(x), with the error function: LAION's models. */
    GELU,
    /** x sigmoid(1.702 x): OpenAI's models. */
    QUICK_GELU;

    /**
     * Returns the activation of a config's name.
     *
     * @param name {@code gelu} or {@code quick_gelu}
     * @return the activation
     * @throws IllegalArgumentException for any other name
     */
    public static Activation of(String name) {
        for (Activation activation : values()) {
            if (activation.text().equals(name)) {
                return activation;
            }
        }
        throw new IllegalArgumentException(
                "Activation: expected gelu or quick_gelu, got '" + name + "'");
    }

    /**
     * Returns the name that configs and programs use.
     *
     * @return for example {@code quick_gelu}
     */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
