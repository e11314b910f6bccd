package io.github.icthp.diffusion;

import io.github.icthp.files.DurableFiles;

import org.w3c.dom.NodeList;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** PNG files with a text in their metadata, as an international text chunk (iTXt). */
final class PngFile {

    private static final String FORMAT = "javax_imageio_png_1.0";
    private static final String ENTRY = "iTXtEntry";

    private PngFile() {}

    /** Writes a file that is there wholly or not at all. */
    static void write(BufferedImage image, String keyword, String text, Path file) {
        try {
            Path folder = file.toAbsolutePath().getParent();
            if (!Files.isDirectory(folder)) {
                throw new NoSuchFileException(folder.toString());
            }
            DurableFiles.write(
                    file,
                    unfinished -> {
                        try (OutputStream fileOut = Files.newOutputStream(unfinished);
                                ImageOutputStream out = new MemoryCacheImageOutputStream(fileOut)) {
                            write(image, keyword, text, out);
                        }
                    });
        } catch (IOException e) {
            throw new UncheckedIOException("PngFile: cannot write " + file + " (" + e + ")", e);
        }
    }

    private static void write(
            BufferedImage image, String keyword, String text, ImageOutputStream out)
            throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
        try {
            writer.setOutput(out);
            writer.write(new IIOImage(image, null, metadata(writer, image, keyword, text)));
        } finally {
            writer.dispose();
        }
    }

    private static IIOMetadata metadata(
            ImageWriter writer, BufferedImage image, String keyword, String text)
            throws IOException {
        IIOMetadataNode entry = new IIOMetadataNode(ENTRY);
        entry.setAttribute("keyword", keyword);
        entry.setAttribute("compressionFlag", "FALSE");
        entry.setAttribute("compressionMethod", "0");
        entry.setAttribute("languageTag", "");
        entry.setAttribute("translatedKeyword", "");
        entry.setAttribute("text", text);
        IIOMetadataNode entries = new IIOMetadataNode("iTXt");
        entries.appendChild(entry);
        IIOMetadataNode root = new IIOMetadataNode(FORMAT);
        root.appendChild(entries);
        IIOMetadata metadata = writer.getDefaultImageMetadata(new ImageTypeSpecifier(image), null);
        metadata.mergeTree(FORMAT, root);
        return metadata;
    }

    /** Returns the text under a keyword. */
    static Optional<String> text(Path file, String keyword) {
        ImageReader reader = ImageIO.getImageReadersByFormatName("png").next();
        try (ImageInputStream in = ImageIO.createImageInputStream(file.toFile())) {
            if (in == null) {
                throw new IOException("no such file");
            }
            reader.setInput(in);
            IIOMetadataNode root = (IIOMetadataNode) reader.getImageMetadata(0).getAsTree(FORMAT);
            NodeList entries = root.getElementsByTagName(ENTRY);
            for (int i = 0; i < entries.getLength(); i++) {
                IIOMetadataNode entry = (IIOMetadataNode) entries.item(i);
                if (entry.getAttribute("keyword").equals(keyword)) {
                    return Optional.of(entry.getAttribute("text"));
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("PngFile: cannot read " + file, e);
        } finally {
            reader.dispose();
        }
    }
}
