package io.github.icthp.weights.hub;

/** Is told how far a download has come. Called on the downloading thread, often: be quick. */
@FunctionalInterface
public interface DownloadListener {

    /** Listens to nothing. */
    DownloadListener NONE = (file, done, total) -> {};

    /**
     * Tells that more of a file has arrived.
     *
     * @param file model and file, for example {@code 8y/ICT/pytorch_model.bin}
     * @param done bytes that are there, those of an earlier attempt included
     * @param total the file's bytes
     */
    void progress(String file, long done, long total);
}
