package io.github.icthp.clip;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;

/**
 * The names in which the authors' weights of ICT and HP come, which have no configuration beside
 * them: {@code ICT/pytorch_model.bin} and {@code HP/hp_backbone/pytorch_model.bin} with {@code
 * HP/hp_scorer}, or a hub snapshot of {@code 8y/ICT} or {@code 8y/HP}. Their base is LAION's
 * ViT-H/14, so the layout tells what the shapes leave open.
 */
final class ReleasedWeights {

    private static final String OWNER = "models--8y--";

    private ReleasedWeights() {}

    /** Returns whether weights, a file or a folder, lie in the released layout. */
    static boolean isLayoutOf(Path weights) {
        Path path = weights.toAbsolutePath().normalize();
        Path folder = Files.isDirectory(path) ? path : path.getParent();
        if (folder == null || folder.getFileName() == null) {
            return false;
        }
        String name = folder.getFileName().toString();
        boolean backbone =
                name.equals("hp_backbone") && Files.isDirectory(folder.resolveSibling("hp_scorer"));
        return name.equals("ICT") || backbone || isOfTheHub(folder);
    }

    private static boolean isOfTheHub(Path folder) {
        return IntStream.range(0, folder.getNameCount())
                .anyMatch(i -> folder.getName(i).toString().startsWith(OWNER));
    }
}
