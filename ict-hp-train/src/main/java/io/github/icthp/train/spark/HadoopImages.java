package io.github.icthp.train.spark;

import io.github.icthp.image.ImageDecodeException;

import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;

/** Reads picture files of any file system that Hadoop knows. */
final class HadoopImages {

    private final Configuration configuration;

    HadoopImages(Configuration configuration) {
        this.configuration = configuration;
    }

    /**
     * Reads a file.
     *
     * @throws ImageDecodeException if there is none, or it is a folder
     */
    byte[] read(String address) throws IOException {
        Path path = new Path(address);
        FileSystem files = path.getFileSystem(configuration);
        try (InputStream in = files.open(path)) {
            return in.readAllBytes();
        } catch (FileNotFoundException e) {
            boolean folder = files.exists(path);
            throw new ImageDecodeException(
                    address, folder ? "it is a folder, not a file" : "there is no such file");
        } catch (IOException e) {
            if (files.getFileStatus(path).isDirectory()) {
                throw new ImageDecodeException(address, "it is a folder, not a file");
            }
            throw e;
        }
    }
}
