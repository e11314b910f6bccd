package io.github.icthp;

/**
 * How scores were made, so that two numbers can be told comparable or not.
 *
 * @param ict where ICT's weights came from, or an empty string
 * @param hp where HP's weights came from, or an empty string
 * @param precision what the towers computed in
 * @param device where they ran
 * @param imageConvention how images become pixels
 * @param promptConvention how prompts become tokens
 * @param version versions of this library and of PyTorch
 */
public record ScoreProvenance(
        String ict,
        String hp,
        Precision precision,
        String device,
        String imageConvention,
        String promptConvention,
        String version) {}
