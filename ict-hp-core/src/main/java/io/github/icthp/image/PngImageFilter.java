package io.github.icthp.image;

/**
 * Undoes the filters of PNG rows (PNG specification, clause 9): each byte was stored as its
 * difference from a guess made of its neighbors.
 */
final class PngImageFilter {

    private static final int NONE = 0;
    private static final int LEFT = 1;
    private static final int UP = 2;
    private static final int AVERAGE = 3;
    private static final int PAETH = 4;

    private final byte[] rows;
    private final int length;
    private final int distance;

    /**
     * Works on rows that lie in one array.
     *
     * @param rows holds them
     * @param length bytes of a row
     * @param distance bytes from a pixel to the one on its left
     */
    PngImageFilter(byte[] rows, int length, int distance) {
        this.rows = rows;
        this.length = length;
        this.distance = distance;
    }

    /** Restores the first row, above which all counts as zero. */
    void restoreFirst(int filter, int row) throws ImageFormatException {
        switch (filter) {
            case NONE, UP -> {}
            case LEFT, PAETH -> left(row);
            case AVERAGE -> firstAverage(row);
            default -> throw unknown(filter);
        }
    }

    /** Restores the row that starts at {@code row}, below the one that starts at {@code above}. */
    void restore(int filter, int row, int above) throws ImageFormatException {
        switch (filter) {
            case NONE -> {}
            case LEFT -> left(row);
            case UP -> up(row, above);
            case AVERAGE -> average(row, above);
            case PAETH -> paeth(row, above);
            default -> throw unknown(filter);
        }
    }

    private static ImageFormatException unknown(int filter) {
        return new ImageFormatException("PNG data are damaged: row filter " + filter);
    }

    private void left(int row) {
        for (int i = row + distance; i < row + length; i++) {
            rows[i] += rows[i - distance];
        }
    }

    private void up(int row, int above) {
        for (int i = 0; i < length; i++) {
            rows[row + i] += rows[above + i];
        }
    }

    private void firstAverage(int row) {
        for (int i = row + distance; i < row + length; i++) {
            rows[i] += (byte) ((rows[i - distance] & 0xFF) >> 1);
        }
    }

    private void average(int row, int above) {
        for (int i = 0; i < Math.min(distance, length); i++) {
            rows[row + i] += (byte) ((rows[above + i] & 0xFF) >> 1);
        }
        for (int i = distance; i < length; i++) {
            int sum = (rows[row + i - distance] & 0xFF) + (rows[above + i] & 0xFF);
            rows[row + i] += (byte) (sum >> 1);
        }
    }

    private void paeth(int row, int above) {
        for (int i = 0; i < Math.min(distance, length); i++) {
            rows[row + i] += rows[above + i];
        }
        if (distance == 3) {
            paethOfThree(row, above);
            return;
        }
        for (int i = distance; i < length; i++) {
            int a = rows[row + i - distance] & 0xFF;
            int b = rows[above + i] & 0xFF;
            int c = rows[above + i - distance] & 0xFF;
            rows[row + i] += (byte) guess(a, b, c);
        }
    }

    /** Most pictures are RGB: their three colors go side by side, with neighbors at hand. */
    private void paethOfThree(int row, int above) {
        int r = rows[row] & 0xFF;
        int g = rows[row + 1] & 0xFF;
        int b = rows[row + 2] & 0xFF;
        int cornerR = rows[above] & 0xFF;
        int cornerG = rows[above + 1] & 0xFF;
        int cornerB = rows[above + 2] & 0xFF;
        for (int i = 3; i < length - 2; i += 3) {
            int upR = rows[above + i] & 0xFF;
            int upG = rows[above + i + 1] & 0xFF;
            int upB = rows[above + i + 2] & 0xFF;
            r = (rows[row + i] + guess(r, upR, cornerR)) & 0xFF;
            g = (rows[row + i + 1] + guess(g, upG, cornerG)) & 0xFF;
            b = (rows[row + i + 2] + guess(b, upB, cornerB)) & 0xFF;
            rows[row + i] = (byte) r;
            rows[row + i + 1] = (byte) g;
            rows[row + i + 2] = (byte) b;
            cornerR = upR;
            cornerG = upG;
            cornerB = upB;
        }
    }

    /** Of left, above and corner that nearest to left + above - corner; without any branch. */
    private static int guess(int left, int above, int corner) {
        int toLeft = above - corner;
        int toAbove = left - corner;
        int toCorner = Math.abs(toLeft + toAbove);
        toLeft = Math.abs(toLeft);
        toAbove = Math.abs(toAbove);
        int notLeft = (Math.min(toAbove, toCorner) - toLeft) >> 31;
        int notAbove = (toCorner - toAbove) >> 31;
        return (left & ~notLeft) | (notLeft & ((above & ~notAbove) | (corner & notAbove)));
    }
}
