package io.github.icthp.weights.hub;

import com.google.common.util.concurrent.Striped;

import io.github.icthp.files.FolderFiles;
import io.github.icthp.weights.ConfigFile;
import io.github.icthp.weights.hub.HubException.Reason;
import io.github.icthp.weights.hub.HubHttp.Announcement;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Lock;

/**
 * Models of a Hugging Face hub: found in the cache, and downloaded into it when allowed.
 *
 * <p>Downloads go on where they stopped, are checked against the hub's check sums, and appear in
 * the cache whole or not at all; several threads and processes may ask for the same file. A branch
 * or tag is looked up anew each time; when the hub cannot be reached, what the cache has is taken.
 *
 * <pre>{@code
 * Hub hub = Hub.ofEnvironment();
 * Path folder = hub.folder(HubId.parse("laion/CLIP-ViT-H-14-laion2B-s32B-b79K").orElseThrow());
 * }</pre>
 */
public final class Hub {

    private static final int MAX_DESCRIPTION = 1 << 25;
    private static final String PIPELINE = "model_index.json";

    /** One download at a time of the same content in this process. */
    private static final Striped<Lock> IN_PROCESS = Striped.lock(64);

    private final HubSettings settings;
    private final HubCache cache;
    private final HubHttp http;
    private final HubDownload download;

    /**
     * Creates a hub.
     *
     * @param settings where it is, and whether it may be asked
     * @param listener is told how far downloads have come
     */
    public Hub(HubSettings settings, DownloadListener listener) {
        this(settings, listener, HubPatience.DEFAULT, HubProxies.ofEnvironment());
    }

    Hub(HubSettings settings, DownloadListener listener, HubPatience patience) {
        this(settings, listener, patience, HubProxies.NONE);
    }

    Hub(HubSettings settings, DownloadListener listener, HubPatience patience, HubProxies proxies) {
        this.settings = settings;
        this.cache = new HubCache(settings.cache());
        this.http = new HubHttp(settings, proxies);
        this.download = new HubDownload(http, listener, patience);
    }

    /**
     * Creates the hub that the environment names.
     *
     * @return a hub whose downloads nobody is told of
     * @see HubSettings#ofEnvironment
     */
    public static Hub ofEnvironment() {
        return new Hub(HubSettings.ofEnvironment(), DownloadListener.NONE);
    }

    /**
     * Returns one file of a model.
     *
     * @param id the model
     * @param name the file's path in it
     * @return the file in the cache
     * @throws IllegalArgumentException if the name leads out of the model
     * @throws HubException if it cannot be had
     * @throws UncheckedIOException if the cache cannot be read or written
     */
    public Path file(HubId id, String name) {
        HubNames.requireRelative(name, "a file of " + id);
        try {
            Optional<Path> cached = cache.file(id, name);
            if (cached.isPresent() && (settings.offline() || id.isCommit())) {
                return cached.get();
            }
            requireOnline(id, name);
            try {
                return fetch(id, name);
            } catch (IOException | HubException e) {
                return instead(cached, e, id.path() + "/" + name);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot use the hub's cache " + settings.cache(), e);
        }
    }

    /**
     * Returns a model's folder with one form of its weights and the files that describe them. For a
     * pipeline these are its components' folders.
     *
     * @param id the model
     * @return the folder in the cache
     * @throws HubException if it cannot be had
     * @throws UncheckedIOException if the cache cannot be read or written
     */
    public Path folder(HubId id) {
        try {
            Optional<Path> cached = cache.snapshot(id);
            if (settings.offline() && cached.isPresent()) {
                return cached.get();
            }
            requireOnline(id, "it");
            try {
                return fetch(id);
            } catch (IOException | HubException e) {
                return instead(cached, e, id.toString());
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot use the hub's cache " + settings.cache(), e);
        }
    }

    private void requireOnline(HubId id, String what) {
        if (settings.offline()) {
            throw new HubException(
                    Reason.OFFLINE,
                    id
                            + ": "
                            + what
                            + " is not in the cache "
                            + settings.cache()
                            + " and downloads are off (HF_HUB_OFFLINE). Allow them once, or name a"
                            + " local folder");
        }
    }

    /** Takes what the cache has if the hub cannot be reached; other failures stand. */
    private Path instead(Optional<Path> cached, Exception failure, String what) {
        boolean unreachable =
                !(failure instanceof HubException known) || known.reason() == Reason.UNREACHABLE;
        if (unreachable && cached.isPresent()) {
            return cached.get();
        }
        if (failure instanceof HubException hub) {
            throw hub;
        }
        throw new HubException(
                Reason.UNREACHABLE,
                what
                        + " is not in the cache "
                        + settings.cache()
                        + ", and the hub "
                        + settings.endpoint()
                        + " cannot be reached"
                        + http.way()
                        + " ("
                        + failure
                        + "). "
                        + http.remedy()
                        + ", or name a local folder",
                failure);
    }

    private Path fetch(HubId id) throws IOException {
        HubDescription description = describe(id);
        HubId commit = new HubId(id.owner(), id.name(), description.commit());
        List<String> files = description.files();
        Optional<Set<String>> parts =
                files.contains(PIPELINE)
                        ? Optional.of(Set.copyOf(ConfigFile.read(file(commit, PIPELINE)).names()))
                        : Optional.empty();
        List<String> alternatives = HubSelection.alternatives(files);
        if (parts.isEmpty() && !alternatives.isEmpty()) {
            throw new HubException(
                    Reason.NOT_FOUND,
                    id
                            + " holds several checkpoints, "
                            + String.join(", ", alternatives)
                            + ": name one, for example "
                            + id.path()
                            + "/"
                            + alternatives.get(alternatives.size() - 1));
        }
        List<String> chosen = HubSelection.choose(files, parts);
        if (chosen.isEmpty()) {
            throw new HubException(Reason.NOT_FOUND, id + " holds no weights that can be read");
        }
        chosen.forEach(file -> file(commit, file));
        cache.remember(id, commit.revision());
        return cache.snapshot(id, commit.revision());
    }

    private Path fetch(HubId id, String name) throws IOException {
        String what = id.path() + "/" + name;
        URI address = http.address(id, name);
        Announcement announced = http.announce(address, what);
        Path blob = cache.blobs(id).resolve(announced.entity());
        if (!Files.isRegularFile(blob)) {
            fetchAlone(id, announced, blob, what, address);
        }
        cache.remember(id, announced.commit());
        return cache.link(id, announced.commit(), name, blob);
    }

    /** Downloads unless another thread or process has done so meanwhile. */
    private void fetchAlone(HubId id, Announcement announced, Path blob, String what, URI address)
            throws IOException {
        Lock inProcess = IN_PROCESS.get(blob);
        Path lockFile = cache.lock(id, announced.entity());
        FolderFiles.make(lockFile.getParent());
        inProcess.lock();
        try (FileChannel channel =
                        FileChannel.open(
                                lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock betweenProcesses = channel.lock()) {
            if (betweenProcesses.isValid() && !Files.isRegularFile(blob)) {
                download.fetch(address, announced, blob, what);
            }
        } finally {
            inProcess.unlock();
        }
    }

    private HubDescription describe(HubId id) throws IOException {
        HttpResponse<InputStream> response = http.get(http.description(id), 0, id.toString());
        try (InputStream body = response.body()) {
            http.requireGood(response.statusCode(), id.toString());
            byte[] json = body.readNBytes(MAX_DESCRIPTION);
            return HubDescription.parse(new String(json, StandardCharsets.UTF_8), id.toString());
        }
    }
}
