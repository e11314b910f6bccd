package io.github.icthp.examples.testing;

import java.nio.file.Path;

/** A tiny detector of 80 classes and a tiny CLIP, both of random weights, of other tests. */
public final class TinyDetector {

    private static final Path CORE = Path.of("../ict-hp-core/src/test/resources/golden/geneval");
    private static final Path TRAIN = Path.of("../ict-hp-train/src/test/resources/golden/geneval");

    /** In mmdet's layout. */
    public static final Path MMDET =
            CORE.resolve("mask2former/window7/mmdet/mask2former_swin-tiny.pth");

    /** In Hugging Face's layout. */
    public static final Path HUGGING_FACE = CORE.resolve("mask2former/window7/hf");

    /** Tells colors. */
    public static final Path CLIP = TRAIN.resolve("colour/clip");

    private TinyDetector() {}
}
