package io.github.icthp.benchmarks;

import io.github.icthp.image.ImageConfig;
import io.github.icthp.image.ImageInput;
import io.github.icthp.image.ImageProcessor;
import io.github.icthp.image.PixelBatch;
import io.github.icthp.tokenizer.ClipTokenizer;
import io.github.icthp.tokenizer.TokenizedPrompts;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;

import javax.imageio.ImageIO;

/** What comes before the networks: decoding and resizing pictures, cutting prompts into tokens. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class PreparationJmh {

    private static final int SIDE = 1024;

    private static final String PROMPT =
            "a tiny dragon taking a bath in a teacup, steam, morning light, highly detailed";

    /** How the picture is encoded. */
    @Param({"jpg", "png"})
    public String format = "jpg";

    private ImageProcessor processor;
    private ClipTokenizer tokenizer;
    private List<ImageInput> picture;

    /** Creates the state; JMH fills it. */
    public PreparationJmh() {}

    /**
     * Draws the picture and loads the tokenizer.
     *
     * @throws IOException if the picture cannot be encoded
     */
    @Setup
    public void prepare() throws IOException {
        BufferedImage drawn = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = drawn.createGraphics();
        g.setPaint(new GradientPaint(0, 0, Color.ORANGE, SIDE, SIDE, Color.BLUE));
        g.fillRect(0, 0, SIDE, SIDE);
        g.dispose();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageIO.write(drawn, format, bytes);
        picture = List.of(ImageInput.of(bytes.toByteArray(), "drawn"));
        processor = ImageProcessor.of(ImageConfig.square(224));
        tokenizer = ClipTokenizer.builder().build();
    }

    /**
     * Decodes, resizes, crops and normalizes one picture of 1024 x 1024.
     *
     * @return its pixels
     */
    @Benchmark
    public PixelBatch picture() {
        return processor.process(picture);
    }

    /**
     * Cuts one prompt into tokens.
     *
     * @return its ids
     */
    @Benchmark
    public TokenizedPrompts prompt() {
        return tokenizer.tokenize(List.of(PROMPT), 77);
    }

    /** Frees the tokenizer. */
    @TearDown
    public void close() {
        tokenizer.close();
    }
}
