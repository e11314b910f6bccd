package io.github.icthp;

import com.google.common.base.Supplier;
import com.google.common.base.Suppliers;

import io.github.icthp.files.FolderFiles;
import io.github.icthp.files.TemporaryFiles;
import io.github.icthp.files.TemporaryFolderException;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Small trained models that come with this library: a plain CLIP, and ICT and HP trained from it,
 * all from random weights on a drawn world of colored shapes ({@code ict-hp-train}, package {@code
 * world}). They know that world and nothing else; {@code record.json} beside the CLIP says how they
 * were made.
 *
 * <pre>{@code
 * RewardModel reward = RewardModel.combined().miniature().build();
 * RewardModel plainClip = RewardModel.ict().ict(Miniature.clip()).build();
 * }</pre>
 */
public final class Miniature {

    private static final List<String> FILES =
            List.of(
                    "base/config.json",
                    "base/preprocessor_config.json",
                    "base/tokenizer.json",
                    "base/tokenizer_config.json",
                    "base/model.safetensors",
                    "base/record.json",
                    "ICT/model.safetensors",
                    "HP/hp_backbone/model.safetensors",
                    "HP/hp_scorer/model.safetensors");

    /** Unpacked at the first use, once a process: weights are mapped from files. */
    private static final Supplier<Path> UNPACKED = Suppliers.memoize(Miniature::unpack);

    private Miniature() {}

    /**
     * Returns the plain CLIP: contrastively trained, with no notion of preference.
     *
     * @return a folder with weights, configuration and tokenizer, gone when the process ends
     * @throws TemporaryFolderException if the temporary folder cannot be written
     */
    public static Path clip() {
        return UNPACKED.get().resolve("base");
    }

    /**
     * Returns ICT.
     *
     * @return a folder as {@link RewardModelBuilder#ict(Path)} takes it, gone when the process ends
     * @throws TemporaryFolderException if the temporary folder cannot be written
     */
    public static Path ict() {
        return UNPACKED.get().resolve("ICT");
    }

    /**
     * Returns HP.
     *
     * @return a folder as {@link RewardModelBuilder#hp(Path)} takes it, gone when the process ends
     * @throws TemporaryFolderException if the temporary folder cannot be written
     */
    public static Path hp() {
        return UNPACKED.get().resolve("HP");
    }

    private static Path unpack() {
        try {
            Path folder = TemporaryFiles.folder("ict-hp-miniature");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
            for (String file : FILES) {
                Path target = folder.resolve(file);
                FolderFiles.make(target.getParent());
                try (InputStream in = Miniature.class.getResourceAsStream("miniature/" + file)) {
                    if (in == null) {
                        throw new IllegalStateException("Miniature: resource " + file + " is gone");
                    }
                    Files.copy(in, target);
                }
            }
            return folder;
        } catch (IOException e) {
            throw TemporaryFiles.failure(e);
        }
    }

    private static void delete(Path folder) {
        try {
            for (String file : FILES) {
                Files.deleteIfExists(folder.resolve(file));
            }
            for (String inner :
                    List.of("HP/hp_scorer", "HP/hp_backbone", "HP", "ICT", "base", "")) {
                Files.deleteIfExists(folder.resolve(inner));
            }
        } catch (IOException e) {
            // The system empties its temporary folder sooner or later.
        }
    }
}
