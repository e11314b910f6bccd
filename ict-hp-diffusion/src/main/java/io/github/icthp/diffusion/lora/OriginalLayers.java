package io.github.icthp.diffusion.lora;

import io.github.icthp.diffusion.flux.FluxOriginalLayout;
import io.github.icthp.diffusion.model.OriginalLayer;
import io.github.icthp.diffusion.model.OriginalLayout;
import io.github.icthp.diffusion.sd3.Sd3OriginalLayout;
import io.github.icthp.diffusion.unet.UNetOriginalLayout;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The layers of a transformer that may be adapted, in the layout of its authors' own code. */
final class OriginalLayers {

    private static final String BLOCKS = "transformer_blocks.";
    private static final String SINGLES = "single_transformer_blocks.";

    private final Set<String> linears;
    private final List<OriginalLayer> layers;

    /**
     * Lays out a transformer.
     *
     * @param linears the paths of its linear layers
     */
    OriginalLayers(Set<String> linears) {
        this.linears = linears;
        this.layers =
                layout().layers().stream()
                        .filter(layer -> linears.containsAll(layer.parts()))
                        .toList();
    }

    private OriginalLayout layout() {
        if (ModuleName.isUNet(linears)) {
            return unet();
        }
        int blocks = count(BLOCKS);
        int singles = count(SINGLES);
        return singles > 0 ? FluxOriginalLayout.of(blocks, singles) : Sd3OriginalLayout.of(blocks);
    }

    /** Trainers name SDXL's layers as its authors do, and those of SD1.5 and SD2 as diffusers. */
    private OriginalLayout unet() {
        if (linears.contains("add_embedding.linear_1")) {
            return UNetOriginalLayout.of(linears);
        }
        OriginalLayout same = new OriginalLayout();
        linears.forEach(path -> same.layer(path, path));
        return same;
    }

    /** Returns the original layers, all of whose parts may be adapted. */
    List<OriginalLayer> layers() {
        return layers;
    }

    /** Returns diffusers' paths of the layers that have a place in the original layout. */
    Set<String> paths() {
        return layers.stream()
                .flatMap(layer -> layer.parts().stream())
                .collect(Collectors.toUnmodifiableSet());
    }

    private int count(String prefix) {
        int blocks = 0;
        while (has(prefix + blocks + ".")) {
            blocks++;
        }
        return blocks;
    }

    private boolean has(String block) {
        return linears.stream().anyMatch(path -> path.startsWith(block));
    }
}
