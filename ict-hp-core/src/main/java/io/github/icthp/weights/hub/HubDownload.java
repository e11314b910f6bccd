package io.github.icthp.weights.hub;

import com.google.common.hash.HashFunction;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;

import io.github.icthp.files.DurableFiles;
import io.github.icthp.files.FolderFiles;
import io.github.icthp.weights.hub.HubException.Reason;
import io.github.icthp.weights.hub.HubHttp.Announcement;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Fetches one file into the cache: goes on where an earlier attempt stopped, checks size and
 * content against what the hub announced, and only then gives the file its name.
 */
final class HubDownload {

    private static final int ATTEMPTS = 5;
    private static final int BUFFER = 1 << 18;
    private static final int OK = 200;
    private static final int PARTIAL = 206;
    private static final int TOO_MANY = 429;
    private static final int SERVER_ERROR = 500;
    private static final int RANGE_NOT_SATISFIABLE = 416;
    private static final int SHA_256_DIGITS = 64;
    private static final int SHA_1_DIGITS = 40;

    private final HubHttp http;
    private final DownloadListener listener;
    private final HubPatience patience;

    HubDownload(HubHttp http, DownloadListener listener, HubPatience patience) {
        this.http = http;
        this.listener = listener;
        this.patience = patience;
    }

    /** Fetches the announced content of an address to a path, which appears whole or not at all. */
    void fetch(URI address, Announcement announced, Path blob, String what) throws IOException {
        Path incomplete = blob.resolveSibling(blob.getFileName() + ".incomplete");
        FolderFiles.make(blob.getParent());
        requireSpace(announced, incomplete, what);
        IOException failure = null;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            if (failure != null) {
                patience.pause(attempt);
            }
            try {
                receive(address, announced, incomplete, what);
                verify(incomplete, announced, what);
                DurableFiles.publish(incomplete, blob);
                return;
            } catch (IOException e) {
                if (failure != null) {
                    e.addSuppressed(failure);
                }
                failure = e;
            }
        }
        throw new HubException(
                Reason.UNREACHABLE,
                what
                        + ": the download broke off "
                        + ATTEMPTS
                        + " times"
                        + http.way()
                        + " ("
                        + failure
                        + "). What has arrived is kept: try again to go on",
                failure);
    }

    private void receive(URI address, Announcement announced, Path incomplete, String what)
            throws IOException {
        long start = Files.exists(incomplete) ? Files.size(incomplete) : 0;
        if (start > 0 && announced.size().isPresent()) {
            if (start == announced.size().getAsLong()) {
                return;
            }
            start = start > announced.size().getAsLong() ? 0 : start;
        }
        HttpResponse<InputStream> response = http.get(address, start, what);
        try (InputStream body = patience.guard(response.body())) {
            if (response.statusCode() == RANGE_NOT_SATISFIABLE) {
                Files.deleteIfExists(incomplete);
                throw new IOException("the hub does not go on at byte " + start);
            }
            if (response.statusCode() == TOO_MANY || response.statusCode() >= SERVER_ERROR) {
                throw new IOException("the hub is busy, HTTP " + response.statusCode());
            }
            http.requireGood(response.statusCode(), what);
            boolean goesOn = response.statusCode() == PARTIAL && continues(response, start);
            if (!goesOn && response.statusCode() != OK) {
                throw new IOException("unexpected answer, HTTP " + response.statusCode());
            }
            append(body, incomplete, goesOn ? start : 0, announced, what);
        }
    }

    private static boolean continues(HttpResponse<?> response, long start) {
        String range = response.headers().firstValue("Content-Range").orElse("");
        return range.startsWith("bytes " + start + "-");
    }

    private void append(
            InputStream body, Path file, long start, Announcement announced, String what)
            throws IOException {
        long limit = announced.size().orElse(Long.MAX_VALUE);
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.truncate(start).position(start);
            byte[] buffer = new byte[BUFFER];
            long done = start;
            for (int count = body.read(buffer); count >= 0; count = body.read(buffer)) {
                done += count;
                if (done > limit) {
                    throw new IOException("more than the announced " + limit + " bytes arrive");
                }
                write(channel, ByteBuffer.wrap(buffer, 0, count));
                listener.progress(what, done, announced.size().orElse(done));
            }
            channel.force(true);
            if (announced.size().isPresent() && done != limit) {
                throw new IOException("only " + done + " of " + limit + " bytes arrived");
            }
        }
    }

    private static void write(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** Compares the content with its name: SHA-256 for large files, git's hash for others. */
    private static void verify(Path file, Announcement announced, String what) throws IOException {
        String entity = announced.entity();
        String actual =
                switch (entity.length()) {
                    case SHA_256_DIGITS -> hash(file, Hashing.sha256(), "");
                    case SHA_1_DIGITS -> hash(file, gitHash(), "blob " + Files.size(file) + "\0");
                    default -> entity;
                };
        if (!actual.equals(entity)) {
            Files.deleteIfExists(file);
            throw new HubException(
                    Reason.DAMAGED,
                    what
                            + ": what arrived has the check sum "
                            + actual
                            + ", announced was "
                            + entity
                            + ". It was deleted; try again");
        }
    }

    @SuppressWarnings("deprecation") // git's own choice: it guards against accidents, not attacks
    private static HashFunction gitHash() {
        return Hashing.sha1();
    }

    private static String hash(Path file, HashFunction function, String prefix) throws IOException {
        Hasher hasher = function.newHasher().putString(prefix, StandardCharsets.US_ASCII);
        try (FileChannel channel = FileChannel.open(file)) {
            ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
            while (channel.read(buffer.clear()) >= 0) {
                hasher.putBytes(buffer.flip());
            }
        }
        return hasher.hash().toString();
    }

    private static void requireSpace(Announcement announced, Path incomplete, String what)
            throws IOException {
        long there = Files.exists(incomplete) ? Files.size(incomplete) : 0;
        long needed = announced.size().orElse(0) - there;
        long free = Files.getFileStore(incomplete.getParent()).getUsableSpace();
        if (needed > free) {
            throw new HubException(
                    Reason.UNREACHABLE,
                    what
                            + " needs "
                            + needed
                            + " more bytes, "
                            + incomplete.getParent()
                            + " has "
                            + free
                            + ": make room, or name another folder in HF_HUB_CACHE");
        }
    }
}
