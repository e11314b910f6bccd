package io.github.icthp.blip;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;

import com.google.common.base.Preconditions;

import io.github.icthp.weights.WeightsFormatException;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Turns prompts into the token ids that BLIP's text encoder reads: bert-base-uncased's WordPiece,
 * to which BLIP appends {@code [DEC]} and {@code [ENC]}.
 *
 * <p>All ids come from the vocabulary. The seven special tokens are recognized wherever they stand
 * in a prompt, in this spelling only. Instances may be shared between threads.
 *
 * <pre>{@code
 * try (BertTokenizer tokenizer = BertTokenizer.load(folder)) {
 *     BertTokens prompts = tokenizer.tokenize(List.of("a photo of a cat"), 35);
 * }
 * }</pre>
 */
final class BertTokenizer implements AutoCloseable {

    private final HuggingFaceTokenizer tokenizer;
    private final ReadWriteLock open = new ReentrantReadWriteLock();
    private final BertTokenizerJson content;
    private final long padId;
    private final long startId;
    private final long endId;

    private BertTokenizer(BertTokenizerJson content, HuggingFaceTokenizer tokenizer) {
        this.content = content;
        this.tokenizer = tokenizer;
        this.padId = content.id("[PAD]");
        this.startId = content.id("[CLS]");
        this.endId = content.id("[SEP]");
    }

    /**
     * Starts the tokenizer in a folder.
     *
     * @param path a folder that holds {@code tokenizer.json} or {@code vocab.txt}, or one of these
     *     files; {@code [DEC]} and {@code [ENC]} are appended where they are missing
     * @return a tokenizer, to be closed by the caller
     * @throws WeightsFormatException if neither is there or one is damaged
     * @throws UncheckedIOException if a file cannot be read
     */
    public static BertTokenizer load(Path path) {
        BertTokenizerJson content = BertTokenizerJson.read(path);
        Map<String, String> options = Map.of("truncation", "false", "padding", "false");
        byte[] bytes = content.text().getBytes(StandardCharsets.UTF_8);
        try {
            return new BertTokenizer(
                    content,
                    HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(bytes), options));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (WeightsFormatException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new WeightsFormatException(
                    "BertTokenizer: the tokenizer in " + path + " is damaged: " + e.getMessage(),
                    e);
        }
    }

    /**
     * Encodes prompts to rows of one length.
     *
     * @param prompts any texts; an empty one is first and last token
     * @param length tokens in a row, the first and the last included: {@link BlipModel#TEXT_LENGTH}
     *     for the released models. A longer prompt is cut so that {@code [SEP]} stays last
     * @return the tokens, each row filled up with {@code [PAD]}
     * @throws IllegalArgumentException if {@code length < 2}
     * @throws IllegalStateException if this tokenizer is closed
     */
    public BertTokens tokenize(List<String> prompts, int length) {
        Preconditions.checkArgument(
                length >= 2,
                "BertTokenizer: length must hold [CLS] and [SEP] (>= 2), got %s",
                length);
        long[][] ids = new long[prompts.size()][];
        int[] lengths = new int[ids.length];
        int[] untruncated = new int[ids.length];
        for (int n = 0; n < ids.length; n++) {
            long[] full = encode(prompts.get(n));
            untruncated[n] = full.length;
            lengths[n] = Math.min(full.length, length);
            ids[n] = Arrays.copyOf(full, length);
            Arrays.fill(ids[n], lengths[n], length, padId);
            ids[n][lengths[n] - 1] = endId;
        }
        return new BertTokens(ids, lengths, untruncated);
    }

    /**
     * Encodes one prompt as long as it is.
     *
     * @param prompt any text
     * @return {@code [CLS]}, the prompt, {@code [SEP]}
     * @throws IllegalStateException if this tokenizer is closed
     */
    public long[] encode(String prompt) {
        // Native code takes whole characters only: half a surrogate pair becomes a question mark.
        byte[] bytes = prompt.getBytes(StandardCharsets.UTF_8);
        long[] pieces = pieces(new String(bytes, StandardCharsets.UTF_8));
        long[] ids = new long[pieces.length + 2];
        ids[0] = startId;
        System.arraycopy(pieces, 0, ids, 1, pieces.length);
        ids[ids.length - 1] = endId;
        return ids;
    }

    /** Asks for the ids alone; DJL's own call copies texts, spans and masks too. */
    private long[] pieces(String text) {
        open.readLock().lock();
        try {
            long encoding = TokenizersLibrary.LIB.encode(tokenizer.getHandle(), text, false);
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
     * Returns how many tokens there are, {@code [DEC]} and {@code [ENC]} included.
     *
     * @return one more than the largest id: 30,524 as released
     */
    public int vocabularySize() {
        return content.size();
    }

    /**
     * Returns a token's id.
     *
     * @param token a token in the vocabulary's spelling, for example {@code [ENC]}
     * @return its id
     * @throws IllegalArgumentException if there is no such token
     */
    public long id(String token) {
        return content.id(token);
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
