package io.github.icthp.tokenizer;

import ai.djl.engine.EngineException;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;

import io.github.icthp.tokenizer.cleaning.PromptCharacters;
import io.github.icthp.tokenizer.cleaning.PromptCleaner;
import io.github.icthp.torch.NativeLibraryException;
import io.github.icthp.torch.Torch;

import org.jspecify.annotations.Nullable;

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
import java.util.stream.LongStream;

/**
 * Turns prompts into the token ids that CLIP text towers read.
 *
 * <p>Two implementations are in use and disagree on unusual text; a score should name the one it
 * was made with:
 *
 * <ul>
 *   <li><b>Hugging Face</b> (transformers' fast {@code CLIPTokenizer}; the default): NFC, white
 *       space folded, lower case. Padding is {@code <|endoftext|>}; or {@code !} (id 0) as in
 *       SDXL's and SD3's second tokenizer, and then every {@code !} in a prompt becomes id 0 too.
 *   <li><b>open_clip</b> ({@link Builder#openClip}): broken and HTML-escaped text is repaired first
 *       ({@code ftfy.fix_text}, then {@code html.unescape} twice), white space folded, lower case;
 *       padding is id 0.
 * </ul>
 *
 * <p>A prompt that is too long is cut so that the end token stays. Instances may be shared between
 * threads.
 *
 * <pre>{@code
 * try (ClipTokenizer tokenizer = ClipTokenizer.bundled()) {
 *     TokenizedPrompts prompts = tokenizer.tokenize(List.of("a photo of a cat")).trimmed();
 * }
 * }</pre>
 */
public final class ClipTokenizer implements AutoCloseable {

    private final HuggingFaceTokenizer tokenizer;
    private final ReadWriteLock open = new ReentrantReadWriteLock();
    private final boolean openClip;
    private final int contextLength;
    private final int vocabularySize;
    private final long startId;
    private final long endId;
    private final long padId;

    private ClipTokenizer(TokenizerVocabulary vocabulary, boolean openClip) {
        Map<String, Integer> ids = vocabulary.ids();
        this.openClip = openClip;
        this.contextLength = vocabulary.contextLength();
        this.vocabularySize = ids.size();
        this.startId = ids.get(vocabulary.special().start());
        this.endId = ids.get(vocabulary.special().end());
        this.padId = openClip ? 0 : ids.get(vocabulary.special().pad());
        this.tokenizer =
                start(
                        openClip
                                ? TokenizerJson.openClip(vocabulary)
                                : TokenizerJson.huggingFace(vocabulary));
    }

    private static HuggingFaceTokenizer start(String json) {
        Map<String, String> options = Map.of("truncation", "false", "padding", "false");
        Torch.prepare(); // DJL asks CUDA, through JNA, before it loads the tokenizers
        try {
            byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
            return HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(bytes), options);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (EngineException | LinkageError e) {
            throw NativeLibraryException.of("tokenizers", e);
        }
    }

    /**
     * Starts the tokenizer that comes with this library: OpenAI's CLIP vocabulary of 49,408 tokens,
     * context length 77, padded with {@code <|endoftext|>}.
     *
     * @return a tokenizer, to be closed by the caller
     */
    public static ClipTokenizer bundled() {
        return builder().build();
    }

    /**
     * Starts the tokenizer of a Hugging Face folder.
     *
     * @param folder holds {@code tokenizer.json}, or {@code vocab.json} and {@code merges.txt}, and
     *     usually {@code tokenizer_config.json}
     * @return a tokenizer, to be closed by the caller
     * @throws TokenizerFormatException if the files are missing, damaged or not a CLIP tokenizer's
     */
    public static ClipTokenizer load(Path folder) {
        return builder().folder(folder).build();
    }

    /**
     * Starts with the bundled vocabulary; every setting is optional.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Encodes prompts for a text tower, each row as long as the context.
     *
     * @param prompts any texts; an empty one is start and end token
     * @return their ids in order
     * @throws IllegalStateException if this tokenizer is closed
     */
    public TokenizedPrompts tokenize(List<String> prompts) {
        return tokenize(prompts, contextLength);
    }

    /**
     * Encodes prompts with another context length.
     *
     * @param prompts any texts
     * @param contextLength length of a row, at least 2
     * @return their ids in order
     * @throws IllegalArgumentException if {@code contextLength < 2}
     * @throws IllegalStateException if this tokenizer is closed
     */
    public TokenizedPrompts tokenize(List<String> prompts, int contextLength) {
        checkContextLength(contextLength);
        List<long[]> sequences = prompts.stream().map(this::encode).toList();
        return TokenizedPrompts.of(sequences, contextLength, endId, padId);
    }

    /**
     * Encodes one prompt as long as it is.
     *
     * @param prompt any text
     * @return start token, prompt, end token; neither cut nor padded
     * @throws IllegalStateException if this tokenizer is closed
     */
    public long[] encode(String prompt) {
        LongStream content =
                openClip
                        ? PromptCleaner.pieces(PromptCleaner.clean(prompt)).stream()
                                .flatMapToLong(this::piece)
                        : LongStream.of(ids(wellFormed(prompt)));
        LongStream start = LongStream.of(startId);
        return LongStream.concat(LongStream.concat(start, content), LongStream.of(endId)).toArray();
    }

    private LongStream piece(String text) {
        return switch (text) {
            case PromptCleaner.START -> LongStream.of(startId);
            case PromptCleaner.END -> LongStream.of(endId);
            default -> LongStream.of(ids(text));
        };
    }

    /**
     * Asks for the ids alone; DJL's own call copies texts, spans and masks too, and takes twice.
     */
    private long[] ids(String text) {
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

    /** Native code takes whole characters only: half a surrogate pair becomes U+FFFD. */
    private static String wellFormed(String text) {
        boolean whole = text.codePoints().noneMatch(c -> c >= 0xD800 && c <= 0xDFFF);
        return whole ? text : PromptCharacters.replaceLoneSurrogates(text);
    }

    /**
     * Turns ids back into text: lower-cased, tokens apart, special tokens left out.
     *
     * @param ids token ids below {@link #vocabularySize()}
     * @return the text they stand for
     * @throws IllegalArgumentException if an id is out of range
     * @throws IllegalStateException if this tokenizer is closed
     */
    public String decode(long... ids) {
        LongStream.of(ids)
                .filter(id -> id < 0 || id >= vocabularySize)
                .findFirst()
                .ifPresent(
                        id -> {
                            throw new IllegalArgumentException(
                                    "ClipTokenizer.decode: ids must be in 0.."
                                            + (vocabularySize - 1)
                                            + ", got "
                                            + id);
                        });
        long[] content = Arrays.stream(ids).filter(id -> id != startId && id != endId).toArray();
        open.readLock().lock();
        try {
            return tokenizer.decode(content, true).replace("</w>", " ").strip();
        } finally {
            open.readLock().unlock();
        }
    }

    /**
     * Returns the length of a row unless another is asked for.
     *
     * @return tokens, start and end included
     */
    public int contextLength() {
        return contextLength;
    }

    /**
     * Returns how many tokens there are.
     *
     * @return one more than the largest id
     */
    public int vocabularySize() {
        return vocabularySize;
    }

    /**
     * Returns the token that starts every row.
     *
     * @return its id
     */
    public long startId() {
        return startId;
    }

    /**
     * Returns the token that ends every prompt.
     *
     * @return its id
     */
    public long endId() {
        return endId;
    }

    /**
     * Returns the token that fills rows up.
     *
     * @return its id
     */
    public long padId() {
        return padId;
    }

    /**
     * Says whether prompts are cleaned as open_clip cleans them.
     *
     * @return false for transformers' rules
     */
    public boolean isOpenClip() {
        return openClip;
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

    private static void checkContextLength(int contextLength) {
        if (contextLength < 2) {
            throw new IllegalArgumentException(
                    "ClipTokenizer: contextLength must hold start and end token (>= 2), got "
                            + contextLength);
        }
    }

    /** Settings of a tokenizer. */
    public static final class Builder {

        private @Nullable Path folder;
        private @Nullable String padToken;
        private @Nullable Integer contextLength;
        private boolean openClip;

        private Builder() {}

        /**
         * Reads the vocabulary from a Hugging Face folder instead of taking the bundled one.
         *
         * @param folder see {@link ClipTokenizer#load}
         * @return this
         */
        public Builder folder(Path folder) {
            this.folder = folder;
            return this;
        }

        /**
         * Pads with another token than the folder says, for example {@code "!"}. It is a special
         * token from then on, wherever it stands in a prompt.
         *
         * @param token a token of the vocabulary
         * @return this
         */
        public Builder padToken(String token) {
            this.padToken = token;
            return this;
        }

        /**
         * Cuts and pads to another length than the folder says.
         *
         * @param length tokens, start and end included
         * @return this
         * @throws IllegalArgumentException if {@code length < 2}
         */
        public Builder contextLength(int length) {
            checkContextLength(length);
            this.contextLength = length;
            return this;
        }

        /**
         * Cleans prompts and pads as open_clip does, and as HPSv2 and the released evaluation of
         * ICT and HP do. Special tokens are then {@code <start_of_text>} and {@code <end_of_text>}.
         *
         * @param openClip true for open_clip, false (the default) for transformers
         * @return this
         */
        public Builder openClip(boolean openClip) {
            this.openClip = openClip;
            return this;
        }

        /**
         * Starts the tokenizer.
         *
         * @return a tokenizer, to be closed by the caller
         * @throws TokenizerFormatException if the folder's files are missing, damaged or not a CLIP
         *     tokenizer's
         * @throws IllegalArgumentException if the pad token is not in the vocabulary, or set
         *     together with {@link #openClip}
         */
        public ClipTokenizer build() {
            TokenizerVocabulary vocabulary =
                    folder == null ? TokenizerFiles.bundled() : TokenizerFiles.read(folder);
            if (padToken != null) {
                vocabulary = padded(vocabulary, padToken);
            }
            if (contextLength != null) {
                vocabulary = vocabulary.withContextLength(contextLength);
            }
            return new ClipTokenizer(vocabulary, openClip);
        }

        private TokenizerVocabulary padded(TokenizerVocabulary vocabulary, String token) {
            if (openClip) {
                throw new IllegalArgumentException(
                        "ClipTokenizer: open_clip always pads with id 0; leave padToken out, got "
                                + token);
            }
            if (!vocabulary.ids().containsKey(token)) {
                throw new IllegalArgumentException(
                        "ClipTokenizer: padToken must be one of the vocabulary's "
                                + vocabulary.ids().size()
                                + " tokens, got "
                                + token);
            }
            return vocabulary.withPad(token);
        }
    }
}
