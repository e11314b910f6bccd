package io.github.icthp.diffusion.text;

import io.github.icthp.weights.WeightsFormatException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * What a sentencepiece {@code spiece.model} says: pieces with their scores, and how text is
 * normalized (sentencepiece's {@code sentencepiece_model.proto}).
 *
 * @param pieces the pieces in the order of their ids
 * @param characters sentencepiece's compiled table of character replacements in base 64, empty for
 *     none
 */
record SentencePieceModel(List<Piece> pieces, String characters) {

    private static final int MODEL_PIECES = 1;
    private static final int MODEL_NORMALIZER = 3;
    private static final int PIECE_TEXT = 1;
    private static final int PIECE_SCORE = 2;
    private static final int NORMALIZER_CHARACTERS = 2;

    /** A piece of text and the logarithm of its probability. */
    record Piece(String text, float score) {}

    static SentencePieceModel read(Path file) {
        try {
            return parse(ByteBuffer.wrap(Files.readAllBytes(file)));
        } catch (IOException e) {
            throw new UncheckedIOException("SentencePieceModel: cannot read " + file, e);
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            throw new WeightsFormatException(
                    "SentencePieceModel: expected a sentencepiece model in "
                            + file
                            + ", got something else or a part of one",
                    e);
        }
    }

    private static SentencePieceModel parse(ByteBuffer bytes) {
        List<Piece> pieces = new ArrayList<>();
        String characters = "";
        for (ProtobufField field : ProtobufField.all(bytes)) {
            if (field.number() == MODEL_PIECES) {
                pieces.add(piece(field.content()));
            } else if (field.number() == MODEL_NORMALIZER) {
                characters = characters(field.content());
            }
        }
        if (pieces.isEmpty()) {
            throw new IllegalArgumentException("no pieces");
        }
        return new SentencePieceModel(List.copyOf(pieces), characters);
    }

    private static Piece piece(ByteBuffer bytes) {
        String text = "";
        float score = 0;
        for (ProtobufField field : ProtobufField.all(bytes)) {
            if (field.number() == PIECE_TEXT) {
                text = StandardCharsets.UTF_8.decode(field.content()).toString();
            } else if (field.number() == PIECE_SCORE) {
                score = field.content().getFloat();
            }
        }
        return new Piece(text, score);
    }

    private static String characters(ByteBuffer bytes) {
        String characters = "";
        for (ProtobufField field : ProtobufField.all(bytes)) {
            if (field.number() == NORMALIZER_CHARACTERS) {
                characters =
                        StandardCharsets.US_ASCII
                                .decode(Base64.getEncoder().encode(field.content()))
                                .toString();
            }
        }
        return characters;
    }
}
