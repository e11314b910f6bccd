package io.github.icthp.prompt;

import ai.djl.engine.EngineException;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;

import io.github.icthp.torch.NativeLibraryException;
import io.github.icthp.torch.Torch;
import io.github.icthp.weights.WeightsFormatException;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * GPT-2's byte-level BPE, for any vocabulary: every text is split into tokens and, decoded, is
 * itself again.
 *
 * <p>The end token's literal text, {@code <|endoftext|>}, is that token wherever it stands.
 * Instances may be shared between threads.
 */
final class Gpt2Tokenizer implements AutoCloseable {

    private final HuggingFaceTokenizer tokenizer;
    private final ReadWriteLock open = new ReentrantReadWriteLock();

    private Gpt2Tokenizer(HuggingFaceTokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /**
     * Starts the tokenizer in a folder.
     *
     * @param folder holds {@code tokenizer.json}, or {@code vocab.json} and {@code merges.txt}
     * @return a tokenizer, to be closed by the caller
     * @throws WeightsFormatException if none of them is there or one is damaged
     * @throws UncheckedIOException if a file cannot be read
     */
    public static Gpt2Tokenizer load(Path folder) {
        byte[] json = Gpt2TokenizerJson.read(folder).getBytes(StandardCharsets.UTF_8);
        Map<String, String> options = Map.of("truncation", "false", "padding", "false");
        Torch.prepare();
        try {
            return new Gpt2Tokenizer(
                    HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), options));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (EngineException | LinkageError e) {
            throw NativeLibraryException.of("tokenizers", e);
        } catch (RuntimeException e) {
            throw new WeightsFormatException(
                    "Gpt2Tokenizer: the tokenizer in " + folder + " is damaged: " + e.getMessage(),
                    e);
        }
    }

    /**
     * Encodes a text.
     *
     * @param text any text
     * @return its token ids, none for an empty text
     * @throws IllegalStateException if this tokenizer is closed
     */
    public long[] encode(String text) {
        // Native code takes whole characters only: half a surrogate pair becomes a question mark.
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        open.readLock().lock();
        try {
            long encoding =
                    TokenizersLibrary.LIB.encode(
                            tokenizer.getHandle(),
                            new String(bytes, StandardCharsets.UTF_8),
                            false);
            try {
                return TokenizersLibrary.LIB.getTokenIds(encoding);
            } finally {
                TokenizersLibrary.LIB.deleteEncoding(encoding);
            }
        } finally {
            open.readLock().unlock();
        }
    }

    /**
     * Decodes token ids.
     *
     * @param ids token ids
     * @param skipSpecial whether the end token is left out
     * @return the text; bytes that are no UTF-8 become U+FFFD
     * @throws IllegalStateException if this tokenizer is closed
     */
    public String decode(long[] ids, boolean skipSpecial) {
        open.readLock().lock();
        try {
            return tokenizer.decode(ids, skipSpecial);
        } finally {
            open.readLock().unlock();
        }
    }

    /**
     * Takes the spaces before punctuation and English contractions out of a text, as transformers 4
     * did after decoding ({@code clean_up_tokenization_spaces}).
     *
     * @param text a decoded text
     * @return the text without those spaces
     */
    public static String cleaned(String text) {
        return text.replace(" .", ".")
                .replace(" ?", "?")
                .replace(" !", "!")
                .replace(" ,", ",")
                .replace(" ' ", "'")
                .replace(" n't", "n't")
                .replace(" 'm", "'m")
                .replace(" 's", "'s")
                .replace(" 've", "'ve")
                .replace(" 're", "'re");
    }

    /** Frees the native tokenizer, once the calls that use it have returned. */
    @Override
    public void close() {
        open.writeLock().lock();
        try {
            tokenizer.close();
        } finally {
            open.writeLock().unlock();
        }
    }
}
