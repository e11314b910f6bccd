package io.github.icthp.examples.console;

import io.github.icthp.weights.hub.DownloadListener;

import java.util.Optional;

/** Shows how far the download of a file has come, where a person watches. */
public final class DownloadBar implements DownloadListener {

    private static final int MEBIBYTE_BITS = 20;

    private final boolean shown;
    private Optional<Download> current = Optional.empty();

    public DownloadBar(boolean shown) {
        this.shown = shown;
    }

    private record Download(String file, ProgressLine bar) {}

    @Override
    public synchronized void progress(String file, long done, long total) {
        if (!isUnderWay(file)) {
            end();
            long size = total >> MEBIBYTE_BITS;
            current = Optional.of(new Download(file, ProgressLine.of(file, size, " MiB", shown)));
        }
        current.ifPresent(download -> download.bar().stepTo(done >> MEBIBYTE_BITS));
        if (done >= total) {
            end();
        }
    }

    /** Returns whether a file is the one whose bar is there. */
    synchronized boolean isUnderWay(String file) {
        return current.filter(download -> download.file().equals(file)).isPresent();
    }

    private void end() {
        current.ifPresent(download -> download.bar().close());
        current = Optional.empty();
    }
}
