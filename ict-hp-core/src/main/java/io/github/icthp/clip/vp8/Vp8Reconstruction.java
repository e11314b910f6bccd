package io.github.icthp.clip.vp8;

/** Adds macroblocks to the planes: what is predicted, and the residue on top. */
final class Vp8Reconstruction {

    private static final int SIDE = 16;
    private static final int BLOCK = 4;

    private final Vp8Plane luma;
    private final Vp8Plane u;
    private final Vp8Plane v;
    private final Vp8Prediction lumaSquares;
    private final Vp8Prediction uSquares;
    private final Vp8Prediction vSquares;
    private final Vp8BlockPrediction blocks;
    private final int columns;

    Vp8Reconstruction(Vp8Plane luma, Vp8Plane u, Vp8Plane v, int columns) {
        this.luma = luma;
        this.u = u;
        this.v = v;
        this.lumaSquares = new Vp8Prediction(luma);
        this.uSquares = new Vp8Prediction(u);
        this.vSquares = new Vp8Prediction(v);
        this.blocks = new Vp8BlockPrediction(luma);
        this.columns = columns;
    }

    /** Adds the macroblock in a column and row; those before it must be there. */
    void add(Vp8Macroblock block, int column, int row) {
        int x = SIDE * column;
        int y = SIDE * row;
        if (block.inBlocks) {
            addBlocks(block, x, y);
        } else {
            lumaSquares.predict(block.lumaMode, SIDE, x, y);
            for (int i = 0; i < 16; i++) {
                int place = luma.place(x + BLOCK * (i & 3), y + BLOCK * (i >> 2));
                Vp8Transform.addResidue(block.coefficients, 16 * i, luma, place);
            }
        }
        uSquares.predict(block.chromaMode, SIDE / 2, x / 2, y / 2);
        vSquares.predict(block.chromaMode, SIDE / 2, x / 2, y / 2);
        for (int i = 0; i < 4; i++) {
            int place = u.place(x / 2 + BLOCK * (i & 1), y / 2 + BLOCK * (i >> 1));
            Vp8Transform.addResidue(block.coefficients, 16 * (16 + i), u, place);
            Vp8Transform.addResidue(block.coefficients, 16 * (20 + i), v, place);
        }
    }

    /** Blocks on the macroblock's right edge look at the samples above its right neighbour. */
    private void addBlocks(Vp8Macroblock block, int x, int y) {
        int beyond = luma.place(x + SIDE, y - 1);
        if (y > 0 && x + SIDE == SIDE * columns) {
            for (int i = 0; i < BLOCK; i++) {
                luma.set(beyond + i, luma.get(beyond - 1));
            }
        }
        for (int i = 0; i < 16; i++) {
            int place = luma.place(x + BLOCK * (i & 3), y + BLOCK * (i >> 2));
            int above = place - luma.stride();
            blocks.predict(block.blockModes[i], place, (i & 3) == 3 ? beyond : above + BLOCK);
            Vp8Transform.addResidue(block.coefficients, 16 * i, luma, place);
        }
    }
}
