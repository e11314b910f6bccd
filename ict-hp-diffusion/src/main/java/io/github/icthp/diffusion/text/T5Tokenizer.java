package io.github.icthp.diffusion.text;

import ai.djl.engine.EngineException;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;

import com.google.common.base.Preconditions;

import io.github.icthp.torch.NativeLibraryException;
import io.github.icthp.torch.Torch;
import io.github.icthp.weights.ConfigFile;
import io.github.icthp.weights.WeightsFormatException;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Turns prompts into T5's token ids: a unigram model over sentencepieces, an end token, padding.
 *
 * <p>Public T5 tokenizers come in two layouts that split white space differently; the folder's
 * {@code tokenizer.json} decides. Instances may be shared between threads.
 */
final class T5Tokenizer implements AutoCloseable {

    private static final long PAD = 0;
    private static final long END = 1;
    private static final int SENTINELS = 100;

    private final HuggingFaceTokenizer tokenizer;

    private T5Tokenizer(HuggingFaceTokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /**
     * Loads a folder as transformers writes it.
     *
     * @param folder holds {@code tokenizer.json}, or {@code spiece.model} alone
     * @return a tokenizer, to be closed by the caller
     * @throws WeightsFormatException if neither is there or one is damaged
     * @throws UncheckedIOException if a file cannot be read
     */
    public static T5Tokenizer load(Path folder) {
        String json = json(folder);
        Map<String, String> options = Map.of("truncation", "false", "padding", "false");
        Torch.prepare();
        try {
            byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
            return new T5Tokenizer(
                    HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(bytes), options));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (EngineException | LinkageError e) {
            throw NativeLibraryException.of("tokenizers", e);
        } catch (RuntimeException e) {
            throw new WeightsFormatException(
                    "T5Tokenizer: the tokenizer in " + folder + " is damaged: " + e.getMessage(),
                    e);
        }
    }

    private static String json(Path folder) {
        Path whole = folder.resolve("tokenizer.json");
        Path pieces = folder.resolve("spiece.model");
        if (Files.exists(whole)) {
            try {
                return Files.readString(whole);
            } catch (IOException e) {
                throw new UncheckedIOException("T5Tokenizer: cannot read " + whole, e);
            }
        } else if (Files.exists(pieces)) {
            return T5TokenizerJson.of(SentencePieceModel.read(pieces), sentinels(folder));
        }
        throw new WeightsFormatException(
                "T5Tokenizer: expected tokenizer.json or spiece.model in "
                        + folder
                        + ", got neither");
    }

    private static int sentinels(Path folder) {
        Path config = folder.resolve("tokenizer_config.json");
        return Files.exists(config)
                ? ConfigFile.read(config).integer("extra_ids", SENTINELS)
                : SENTINELS;
    }

    /**
     * Encodes one prompt as long as it is.
     *
     * @param prompt any text
     * @return its tokens and the end token
     */
    public long[] encode(String prompt) {
        // Half a surrogate pair has no encoding: it becomes a question mark.
        byte[] bytes = prompt.getBytes(StandardCharsets.UTF_8);
        return tokenizer.encode(new String(bytes, StandardCharsets.UTF_8)).getIds();
    }

    /**
     * Encodes prompts to rows of one length. What is too long is cut so that the end token stays;
     * the rest is filled with padding.
     *
     * @param prompts any texts
     * @param length tokens in a row, the end token included
     * @return one row a prompt
     * @throws IllegalArgumentException if the length is not positive
     */
    public long[][] encode(List<String> prompts, int length) {
        Preconditions.checkArgument(
                length > 0, "T5Tokenizer: length must be positive, got %s", length);
        long[][] rows = new long[prompts.size()][];
        for (int i = 0; i < rows.length; i++) {
            long[] ids = encode(prompts.get(i));
            rows[i] = Arrays.copyOf(ids, length);
            if (ids.length > length) {
                rows[i][length - 1] = END;
            } else {
                Arrays.fill(rows[i], ids.length, length, PAD);
            }
        }
        return rows;
    }

    /** Frees the native tokenizer. */
    @Override
    public void close() {
        tokenizer.close();
    }
}
