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
 * @param settings where shape, activation and image settings came from: the files, or the name of
 *     an architecture; or an empty string
 * @param assumption what no file said and was assumed, in a sentence such as "activation and image
 *     settings assumed from the shapes and the released layout: ViT-H-14, gelu, OpenAI's mean and
 *     std"; or an empty string
 * @param version versions of this library and of PyTorch
 */
public record ScoreProvenance(
        String ict,
        String hp,
        Precision precision,
        String device,
        String imageConvention,
        String promptConvention,
        String settings,
        String assumption,
        String version) {}
