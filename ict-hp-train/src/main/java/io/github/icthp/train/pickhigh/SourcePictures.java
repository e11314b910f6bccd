package io.github.icthp.train.pickhigh;

import io.github.icthp.ImageSource;
import io.github.icthp.files.DurableFiles;
import io.github.icthp.files.FolderFiles;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/**
 * Keeps the source's own pictures as they are: files, bytes of the table, or what an address gives,
 * within a bound of time and size. Safe for many threads.
 */
final class SourcePictures {

    private static final Duration CONNECT = Duration.ofSeconds(10);

    /** A minute and 64 MiB for a picture, much more than any of pickapic_v2's takes. */
    private static final Duration WHOLE = Duration.ofSeconds(60);

    private static final long MOST_BYTES = 64L << 20;

    private static final int TRIES = 3;

    private static final int GOOD = 200;
    private static final int TOO_MANY = 429;
    private static final int SERVER = 500;

    private final Path work;
    private final BoundedHttp http;
    private final Pauses pauses;

    SourcePictures(Path work, Pauses pauses) {
        this(work, pauses, WHOLE, MOST_BYTES);
    }

    SourcePictures(Path work, Pauses pauses, Duration whole, long mostBytes) {
        this.work = work;
        this.pauses = pauses;
        this.http =
                new BoundedHttp(
                        HttpClient.newBuilder()
                                .connectTimeout(CONNECT)
                                .followRedirects(Redirect.NORMAL)
                                .build(),
                        whole,
                        mostBytes);
    }

    /** A picture that there is not, and why; its row fails, the build goes on. */
    static final class PictureException extends Exception {
        private static final long serialVersionUID = 1;

        PictureException(ImageSource picture, String problem) {
            super("the picture " + picture.name() + ": " + problem);
        }
    }

    /** Keeps a picture, and returns its file's name in the work folder. */
    String keep(ImageSource picture, long row, int rank) throws IOException, PictureException {
        String name = String.format(Locale.ROOT, "source/%08d_%d", row, rank);
        byte[] bytes = bytes(picture);
        if (!isPicture(bytes)) {
            throw new PictureException(picture, "neither PNG, JPEG nor WebP");
        }
        FolderFiles.make(work.resolve("source"));
        DurableFiles.write(work.resolve(name), bytes);
        return name;
    }

    private static boolean isPicture(byte[] bytes) {
        String head = new String(bytes, 0, Math.min(bytes.length, 12), StandardCharsets.ISO_8859_1);
        return head.startsWith("\u0089PNG")
                || head.startsWith("\u00ff\u00d8\u00ff")
                || (head.startsWith("RIFF") && head.startsWith("WEBP", 8));
    }

    private byte[] bytes(ImageSource picture) throws PictureException {
        try {
            if (picture instanceof ImageSource.File file) {
                return Files.readAllBytes(file.path());
            } else if (picture instanceof ImageSource.Encoded encoded) {
                return encoded.bytes().get();
            }
        } catch (IOException e) {
            throw new PictureException(picture, "cannot be read: " + e);
        }
        return fetched(picture, ((ImageSource.Address) picture).uri());
    }

    private byte[] fetched(ImageSource picture, URI address) throws PictureException {
        HttpRequest request;
        try {
            request = HttpRequest.newBuilder(address).build();
        } catch (IllegalArgumentException e) {
            throw new PictureException(picture, "cannot be fetched: " + e.getMessage());
        }
        for (int attempt = 1; ; attempt++) {
            Duration wait = Duration.ZERO;
            String problem;
            try {
                HttpResponse<byte[]> response = http.send(request);
                int status = response.statusCode();
                if (status == GOOD) {
                    return response.body();
                }
                problem = "HTTP " + status;
                if (status != TOO_MANY && status < SERVER) {
                    throw new PictureException(picture, "cannot be fetched: " + problem);
                }
                wait = RetryAfter.of(response.headers(), Instant.now()).orElse(wait);
            } catch (BoundedHttp.TooLargeException e) {
                throw new PictureException(picture, "cannot be fetched: " + e.getMessage());
            } catch (IOException e) {
                problem = String.valueOf(e.getMessage());
            }
            if (attempt == TRIES) {
                throw new PictureException(
                        picture, "cannot be fetched in " + TRIES + " tries: " + problem);
            }
            pauses.after(attempt, wait);
        }
    }
}
